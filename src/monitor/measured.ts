// What was carried out here to its end, how much it was and how long each part of it took: what predictions rest on. Pure.

import type { RestorePlan } from '../repo/restore-plan.ts';
import type { Restored } from '../repo/restore.ts';
import type { Bytes, Duration, Instant } from '../time.ts';

/**
 * `restore`: a backup and its WAL brought to an empty place. `delta`: the same where data was, of which only what differs was
 * written; its bytes are all that were compared. `replay`: the server’s recovery; its bytes are the segments that it was given. `rest`: everything else.
 */
export const partNames = ['restore', 'delta', 'replay', 'rest'] as const;
export type PartName = (typeof partNames)[number];

export interface Part {
  readonly part: PartName;
  /** Null for what does not grow with the data. */
  readonly bytes: Bytes | null;
  readonly took: Duration;
}

/** One line of the record. It is only ever added to. */
export interface Measured {
  /** When it ended. */
  readonly at: Instant;
  /** Name of a book, or `restore` for the command. */
  readonly what: string;
  /** `rehearsal`: in a sandbox, of the cluster's own data. */
  readonly how: 'run' | 'rehearsal';
  /** Every promise held. */
  readonly ok: boolean;
  /** The node, or `here` for this machine. */
  readonly on: string;
  readonly took: Duration;
  /** Of the cluster's data at that time; null where none was restored. */
  readonly size: Bytes | null;
  readonly parts: readonly Part[];
}

/** The name under which the restore command measures itself. */
export const restoreCommandName = 'restore';

/** One that went on where another was cut off says nothing of how long a whole one takes: it has no parts. */
export function measuredRestore(
  { mode, size }: Pick<RestorePlan, 'mode' | 'size'>,
  { all }: Pick<Restored, 'all'>,
  took: Duration,
  how: Pick<Measured, 'how' | 'at' | 'on'>,
): Measured {
  const part = mode === 'new' ? 'restore' : 'delta';
  const parts = mode === 'resume' ? [] : [{ part, bytes: all, took } as const];
  return { ...how, what: restoreCommandName, ok: true, took, size, parts };
}
