// What happens while WAL is received, as it is told; and the refusals that trying again does not heal.

import { Fault, type FaultDetails } from '../faults.ts';
import type { Lsn } from '../postgres/lsn.ts';
import type { Timeline } from '../postgres/timeline.ts';
import type { Duration } from '../time.ts';
import type { StoreName } from './store.ts';

export type ReceiveEvent =
  | { readonly e: 'slot'; readonly server: string; readonly slot: string; readonly is: 'created' | 'lost' }
  | { readonly e: 'streaming'; readonly server: string; readonly timeline: Timeline; readonly from: Lsn }
  | {
      readonly e: 'segment';
      readonly server: string;
      readonly timeline: Timeline;
      readonly name: string;
      readonly end: Lsn;
    }
  /** A timeline was left where it ends. */
  | {
      readonly e: 'timeline';
      readonly server: string;
      readonly from: Timeline;
      readonly to: Timeline;
      readonly at: Lsn;
    }
  | { readonly e: 'history'; readonly server: string; readonly timeline: Timeline }
  /** WAL that was never kept and that the server has no more: what a restore cannot cross. */
  | { readonly e: 'gap'; readonly server: string; readonly timeline: Timeline; readonly from: Lsn; readonly to: Lsn }
  /** Something of an unfinished segment could not be read any more; the copy lies in the quarantine. */
  | { readonly e: 'damaged'; readonly server: string; readonly name: string; readonly copy: StoreName }
  | { readonly e: 'trouble'; readonly server: string; readonly what: string }
  | { readonly e: 'lost'; readonly server: string; readonly why: string; readonly again: Duration }
  | { readonly e: 'stopped'; readonly server: string; readonly timeline: Timeline; readonly durable: Lsn };

export type TellReceive = (event: ReceiveEvent) => void;

/** What trying again does not heal: WAL of another system, WAL that contradicts what is kept. */
export class ReceiveRefused extends Fault {
  constructor(message: string, details: FaultDetails = {}) {
    super('refused', message, details);
  }
}
