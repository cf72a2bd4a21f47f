// One question of the monitor: who asked about whom, when, and what pg_isready said.

import type { NodeName, Where } from '../ports.ts';
import { exitCodeOf, type Readiness } from '../postgres/isready.ts';
import type { Instant } from '../time.ts';

/** `not-asked`: the witness itself could not be reached, so nothing is said about the node. */
export type Heard = Readiness | 'not-asked';

export interface Sample {
  readonly of: NodeName;
  readonly from: Where;
  /** When the answer came. */
  readonly at: Instant;
  readonly is: Heard;
  /** Why nobody could be asked. */
  readonly why: string | null;
}

/** Answers of one witness about one node that were alike, one after the other. */
export interface Run {
  readonly is: Heard;
  readonly times: number;
  readonly since: Instant;
  readonly why: string | null;
}

/** pg_isready's exit code; null where it was not asked. */
export const codeOf = (heard: Heard): number | null => (heard === 'not-asked' ? null : exitCodeOf(heard));

/** Whether it says anything about the node: a pg_isready called wrongly (3) does not. */
export const testifies = ({ is }: Pick<Run, 'is'>): boolean => is !== 'not-asked' && is !== 'no-attempt';

const liveliness: readonly Heard[] = ['not-asked', 'no-attempt', 'no-response', 'rejecting', 'accepting'];

/** The liveliest of several answers: one witness may sit behind a cut cable. */
export const liveliest = (heard: readonly Heard[]): Heard =>
  liveliness[Math.max(0, ...heard.map(is => liveliness.indexOf(is)))] ?? 'not-asked';

/** In the order of time, and at one instant the liveliest last: the order in which answers arrived decides nothing. */
export const inOrder = (samples: readonly Sample[]): Sample[] =>
  samples.toSorted(
    (a, b) => Date.parse(a.at) - Date.parse(b.at) || liveliness.indexOf(a.is) - liveliness.indexOf(b.is),
  );

export function longer(run: Run | undefined, { is, at, why }: Sample): Run {
  return run?.is === is ? { ...run, times: run.times + 1, why } : { is, times: 1, since: at, why };
}
