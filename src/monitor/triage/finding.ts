// What triage answers with, and the shape of one cause.

import type { Loss } from '../../look/loss.ts';
import type { NodeName } from '../../ports.ts';
import type { Bytes, Duration } from '../../time.ts';
import type { ClusterEvidence, NodeEvidence } from './evidence.ts';

/** Every cause that triage can name. Those that a lab can bring about bear the name of its fault. */
export const causeNames = [
  'two-primaries',
  'host-gone',
  'not-seen',
  'stopped',
  'fenced',
  'killed',
  'frozen',
  'wal-full',
  'data-full',
  'wal-unwritable',
  'wal-corrupt',
  'data-corrupt',
  'data-lost',
  'archive-short-file',
  'recovery-target',
  'bad-setting',
  'crash-recovery',
  'starting-up',
  'shutting-down',
  'down',
  'no-primary',
  'not-a-child',
  'wrong-timeline',
  'other-system',
  'wrong-upstream',
  'slot-lost',
  'wal-removed',
  'password-wrong',
  'not-admitted',
  'link-cut',
  'not-streaming',
  'replay-paused',
  'standby-behind',
  'sync-blocked',
  'archive-failing',
  'run-unfinished',
] as const;
export type CauseName = (typeof causeNames)[number];

/**
 * `outage`: nobody takes writes. `danger`: data diverge, or are damaged. `degraded`: served, and less safe than it should be.
 * `wait`: it ends by itself.
 */
export const seriousnesses = ['danger', 'outage', 'degraded', 'wait'] as const;
export type Seriousness = (typeof seriousnesses)[number];

/** `sure`: facts say so. `likely`: the log says so, or facts leave little else. `possible`: nothing speaks against it. */
export const certainties = ['sure', 'likely', 'possible'] as const;
export type Certainty = (typeof certainties)[number];

/** One thing seen, by its place. */
export interface Seen {
  readonly on: NodeName;
  readonly file?: string;
  /** Bytes from the beginning of the file: `less +1234P FILE` goes there. */
  readonly offset?: number;
  readonly text: string;
}

/** How far something is that ends by itself. */
export interface Progress {
  readonly done: Bytes;
  readonly of: Bytes;
  /** At the rate so far; null where that is not known. */
  readonly left: Duration | null;
}

/** `failover`: the WAL of `lost` that `candidate` does not have, to be looked for on their disks. */
export type Toll =
  | { readonly is: 'failover'; readonly lost: NodeName; readonly candidate: NodeName }
  | { readonly is: 'known'; readonly loss: Loss };

export interface Finding {
  readonly node: NodeName;
  readonly cause: CauseName;
  readonly seriousness: Seriousness;
  readonly certainty: Certainty;
  /** What is the matter, for a person. */
  readonly words: string;
  readonly evidence: readonly Seen[];
  /** What to do by hand before the book: a sentence or a command line each. */
  readonly first: readonly string[];
  /** The command line of the runbook to run; null where none fits. */
  readonly book: string | null;
  /** What to do by hand instead of the book, or where there is none. */
  readonly byHand: readonly string[];
  /** What the book costs; null where it costs nothing. */
  readonly loses: Toll | null;
  /** What is waited for; null where waiting does not help. */
  readonly wait: { readonly until: string; readonly progress: Progress | null } | null;
}

/** One cause: adding one is one file, and one line in index.ts. */
export interface Cause {
  readonly name: CauseName;
  readonly summary: string;
  /** About one node; undefined where this is not what ails it. */
  judge(node: NodeEvidence, cluster: ClusterEvidence): Finding | undefined;
}
