// Which WAL is kept, as whoever chooses a way back or decides what may go must know it. Pure data.

import type { Lsn } from '../postgres/lsn.ts';
import type { History, Timeline } from '../postgres/timeline.ts';
import type { WalTail } from '../postgres/wal-walked.ts';
import type { Instant } from '../time.ts';

export interface WalKept {
  readonly segmentSize: number;
  /** Of each timeline whose history file is kept; timeline 1 has none. */
  readonly histories: ReadonlyMap<Timeline, History>;
  /** Sorted by timeline, then by place; between two of one timeline there is a gap. */
  readonly stretches: readonly KeptStretch[];
}

/** WAL of one timeline without a gap. */
export interface KeptStretch {
  readonly timeline: Timeline;
  /** Start of its first segment. */
  readonly from: Lsn;
  /** The end of its last segment; where the last one is unfinished, what of it was acknowledged. */
  readonly to: Lsn;
  /** Name of the unfinished segment at its end (without `.partial`), where there is one and no whole one of that name. */
  readonly partial: string | null;
}

/** What a segment holds, written when it was finished (see postgres/wal-records.ts for how it is known). A record belongs to the segment in which it ends. */
export interface WalIndex {
  readonly segment: string;
  /** Where the last whole record that ends here begins; null where none does. */
  readonly last: Lsn | null;
  /** Where it ends; the segment's beginning where there is none. */
  readonly end: Lsn;
  /** How many commits and aborts: what `recovery_target_time` and `recovery_target_xid` stop at (manual 20.5.6). */
  readonly ends: number;
  /** How many of them are commits, and after how many of these files may be gone (see postgres/wal-ending.ts). */
  readonly commits: number;
  readonly mayDrop: number;
  /** The highest transaction that has written anything in it; null where none has. */
  readonly highest: number | null;
  /** In the order of the WAL. Times are taken before the records get their place, so that a later one may have an earlier time. */
  readonly firstEnd: TransactionEnd | null;
  readonly lastEnd: TransactionEnd | null;
  readonly times: { readonly min: Instant; readonly max: Instant } | null;
  readonly xids: { readonly min: number; readonly max: number } | null;
  readonly restorePoints: readonly RestorePoint[];
  /** Where it stops to be WAL although it is finished: nothing is replayed beyond. */
  readonly invalid: { readonly at: Lsn; readonly why: string } | null;
  /** For the index of the next segment. */
  readonly tail: WalTail | null;
}

export interface TransactionEnd {
  readonly xid: number;
  readonly committed: boolean;
  /** Where its record begins, and where the next one may. */
  readonly lsn: Lsn;
  readonly end: Lsn;
  /** With microseconds, in UTC. */
  readonly time: Instant;
}

export interface RestorePoint {
  readonly name: string;
  readonly lsn: Lsn;
  readonly end: Lsn;
  readonly time: Instant;
}
