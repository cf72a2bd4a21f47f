// A segment of WAL as its index wants to know it: where transactions end, which restore points there are, and where valid WAL ends.

import { meaningOf, neededOf } from './wal-meaning.ts';
import { walkWal } from './wal-walk.ts';
import type { Walked, WalPlace } from './wal-walked.ts';

/** A commit or an abort, also of a prepared transaction. Places count in bytes from the beginning of the segment: `from` is negative where the record began in an earlier one. */
export interface EndRecord {
  readonly xid: number;
  readonly committed: boolean;
  /** Files of relations go with it, or a database may: a TRUNCATE, a DROP, a table written anew. */
  readonly mayDrop: boolean;
  readonly from: number;
  readonly to: number;
  /** Since 1970: that of xact_time. */
  readonly micros: number;
}

export interface RestorePointRecord {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly micros: number;
}

export interface WalkedSegment extends Walked {
  /** In the order of the records that end here. */
  readonly ends: readonly EndRecord[];
  readonly restorePoints: readonly RestorePointRecord[];
}

/** See {@link walkWal}. */
export function walkSegment(bytes: Buffer, place: WalPlace): WalkedSegment {
  const ends: EndRecord[] = [];
  const restorePoints: RestorePointRecord[] = [];
  const walked = walkWal(bytes, place, {
    wants: neededOf,
    visit(record) {
      const { from, to } = record;
      const meaning = meaningOf(record);
      if (meaning?.is === 'end') {
        const { xid, committed, mayDrop, micros } = meaning;
        ends.push({ xid, committed, mayDrop, from, to, micros });
      } else if (meaning) restorePoints.push({ name: meaning.name, from, to, micros: meaning.micros });
    },
  });
  return { ...walked, ends, restorePoints };
}
