// What a node's disk says of its WAL: on which timeline it ends, where, and whether the node wrote it itself.

import type { NodeName } from '../ports.ts';
import type { ControlData } from '../postgres/control-data.ts';
import type { Lsn } from '../postgres/lsn.ts';
import { parseSegmentName } from '../postgres/segment.ts';
import type { History } from '../postgres/timeline.ts';
import type { StepId } from '../runbook/book-types.ts';
import type { Bytes } from '../time.ts';
import { valueOf } from './facts.ts';
import { walDirectory } from './installation.ts';
import type { Look } from './look.ts';

/** The WAL of a node. */
export interface Wal {
  readonly is: 'known';
  readonly what: 'wal';
  readonly systemId: string;
  /** Of its last WAL. pg_control can be one behind: a server that crashes right after its promotion has had no checkpoint yet. */
  readonly timeline: number;
  readonly history: History;
  readonly segmentSize: Bytes;
  /** It wrote as a primary on that timeline. */
  readonly wasPrimary: boolean;
  readonly end: Lsn | undefined;
  /** Whether `end` is an end; of a stopped server it is where its last record begins. */
  readonly isEnd: boolean;
  readonly unreadable: string;
}

export type Standing =
  | Wal
  | { readonly is: 'known'; readonly what: 'nothing'; readonly why: string }
  | { readonly is: 'later'; readonly after: StepId }
  | { readonly is: 'silent'; readonly why: string; readonly unreachable: boolean };

const primaryStates: readonly ControlData['state'][] = [
  'in production',
  'shut down',
  'shutting down',
  'in crash recovery',
];

export async function standing(look: Look, on: NodeName): Promise<Standing> {
  const known = await look.control(on);
  if (known.is === 'later' || known.is === 'silent') return known;
  const control = valueOf(known);
  const nothing = (why: string): Standing => ({ is: 'known', what: 'nothing', why });
  if (!control) return nothing('pg_control is not there, or cannot be read');
  if (!control.intact) return nothing('pg_control is damaged');
  if (control.backupStart !== undefined || control.backupEnd !== undefined)
    return nothing('it is a base backup that was never replayed to its end');
  const files = await look.files(on, walDirectory(look.node(on)));
  if (files.is === 'later' || files.is === 'silent') return files;
  const timeline = Math.max(
    control.timeline,
    control.minRecoveryEnd?.timeline ?? 1,
    valueOf(await look.fact(on, 'role')) === 'standby' ? (valueOf(await look.fact(on, 'timeline')) ?? 1) : 1,
    ...(valueOf(files) ?? []).map(name => parseSegmentName(name, control.walSegmentSize)?.timeline ?? 1),
  );
  const history = await look.history(on, timeline);
  if (history.is === 'later') return history;
  if (history.is === 'silent')
    return history.unreachable
      ? history
      : nothing(`the history of timeline ${String(timeline)} is missing: ${history.why}`);
  const base = {
    is: 'known' as const,
    what: 'wal' as const,
    systemId: control.systemIdentifier,
    timeline,
    history: history.value,
    segmentSize: control.walSegmentSize,
    wasPrimary: primaryStates.includes(control.state),
  };
  const end = await endOf(look, on, control, history.value);
  return { ...base, ...end };
}

interface End {
  readonly end: Lsn | undefined;
  readonly isEnd: boolean;
  readonly unreadable: string;
}

/**
 * Of a standby that runs: what it received. Of a cleanly stopped server its shutdown checkpoint, the last record there is.
 * Of a crashed one the end of its WAL as pg_waldump reads it, never the checkpoint in pg_control: WAL goes on behind it.
 */
async function endOf(look: Look, on: NodeName, control: ControlData, history: History): Promise<End> {
  if (valueOf(await look.fact(on, 'role')) === 'standby')
    return {
      end: valueOf(await look.fact(on, 'received')),
      isEnd: true,
      unreadable: `${on} does not say what it received`,
    };
  if (control.state === 'shut down' && control.timeline === history.timeline)
    return { end: control.checkpoint, isEnd: false, unreadable: '' };
  const began = history.ancestors.at(-1)?.end;
  const start = began !== undefined && control.redo < began ? began : control.redo;
  const end = await look.endOfWal(on, history.timeline, start);
  if (end.is === 'seen' || end.is === 'told' || end.is === 'promised')
    return { end: end.value.last, isEnd: false, unreadable: '' };
  return { end: undefined, isEnd: false, unreadable: end.is === 'silent' ? end.why : 'not yet' };
}
