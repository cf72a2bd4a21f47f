// Which WAL the backups that are kept need, timeline by timeline. Pure.

import type { Lsn } from '../postgres/lsn.ts';
import { segmentStart } from '../postgres/segment.ts';
import type { Timeline } from '../postgres/timeline.ts';
import type { Backup } from './backup.ts';
import type { WalKept } from './wal-kept.ts';
import { wayTo } from './wal-path.ts';

/** All WAL of the timeline from the segment of this place on; null: none of it. */
export type NeededWal = ReadonlyMap<Timeline, Lsn | null>;

export interface Keeping {
  readonly backups: readonly Backup[];
  /** A backup is being taken: nobody knows yet where it will end. */
  readonly busy: boolean;
}

/**
 * From a backup on, its own timeline is needed, and every one that grew out of it behind the backup's stop point. A timeline newer than
 * all backups is left alone: it is the one that is written now, and its first backup is still to come. So is everything while
 * there is no backup at all.
 */
export function neededWal({ backups, busy }: Keeping, wal: WalKept): NeededWal {
  const lines = [...new Set(wal.stretches.map(({ timeline }) => timeline))];
  const newest = backups.reduce((line, { stopTimeline }) => Math.max(line, stopTimeline), 0);
  return new Map(
    lines.map(line => {
      const floors = backups.flatMap(backup => floorOf(backup, line, wal));
      if (floors.length > 0) return [line, segmentStart(least(floors), wal.segmentSize)];
      const all = busy || backups.length === 0 || line > newest;
      return [line, all ? (0n as Lsn) : null];
    }),
  );
}

function floorOf(backup: Backup, line: Timeline, wal: WalKept): Lsn[] {
  // A way that merely passes: the timelines between the backup's and a later one count as well.
  const way = wayTo(wal, backup, line);
  if (way.is === 'no-history') return line > backup.timeline ? [0n as Lsn] : [];
  if (way.is !== 'way') return [];
  return [way.legs.at(-1)?.from ?? backup.start];
}

const least = (floors: readonly Lsn[]): Lsn => floors.reduce((a, b) => (b < a ? b : a));
