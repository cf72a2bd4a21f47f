// What the monitor tells, in order: how it watches, every sample, every change, and how it ended.

import type { NodeName } from '../ports.ts';
import type { Duration, Instant } from '../time.ts';
import type { ClusterState } from './cluster-watch.ts';
import type { Change } from './monitor.ts';
import type { Sample } from './sample.ts';

export interface WatchBegan {
  readonly e: 'watch';
  readonly at: Instant;
  readonly cluster: string;
  readonly nodes: readonly NodeName[];
  readonly interval: Duration;
  readonly downAfter: number;
  readonly upAfter: number;
}

/** `code`: pg_isready's exit code; null where the witness could not be asked. */
export type Sampled = Sample & { readonly e: 'sample'; readonly code: number | null };

/** How far a recovery has come: no change, and no hook is told. */
export interface Replays {
  readonly e: 'replays';
  readonly at: Instant;
  readonly node: NodeName;
  readonly segment: string;
}

/** A fence that a promotion left owing: told once, and again when it stands otherwise. */
export interface Owed {
  readonly e: 'owed';
  readonly at: Instant;
  readonly node: NodeName;
  /** `placed`: just now. `second-primary`: a server takes writes there, fence or no fence. */
  readonly is: 'owed' | 'paid' | 'placed' | 'second-primary';
  /** For a person. */
  readonly words: string;
}

export interface WatchEnded {
  readonly e: 'end';
  readonly at: Instant;
  /** `looked`: once, as asked. `timed-out`: the time given was over. */
  readonly is: 'reached' | 'looked' | 'timed-out' | 'interrupted';
  readonly cluster: ClusterState;
  readonly exit: number;
}

export type WatchEvent = WatchBegan | Sampled | Change | Replays | Owed | WatchEnded;
