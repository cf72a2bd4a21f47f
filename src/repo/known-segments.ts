// Everything that the indexes of kept WAL tell, on all timelines.

import type { Timeline } from '../postgres/timeline.ts';
import type { Backup } from './backup.ts';
import { listBackups } from './catalog.ts';
import { KnownWal } from './known-wal.ts';
import type { ClusterRepository } from './repository.ts';
import { walKept } from './wal-catalog.ts';
import { walIndexes } from './wal-index.ts';
import type { WalIndex, WalKept } from './wal-kept.ts';
import { segmentsOf } from './wal-path.ts';
import { type WalWay, waysOf } from './wal-ways.ts';

export interface KnownSegments {
  readonly wal: WalKept;
  readonly backups: readonly Backup[];
  /** The timeline that a restore follows unless it is told otherwise. */
  readonly newest: Timeline;
  /** By the segment's name; those that cannot be read have none. */
  readonly indexes: ReadonlyMap<string, WalIndex>;
  readonly ways: readonly WalWay[];
}

export async function knownSegments(repo: ClusterRepository): Promise<KnownSegments> {
  const [wal, backups] = await Promise.all([walKept(repo), listBackups(repo)]);
  const names = wal.stretches.flatMap(stretch => segmentsOf(stretch, wal.segmentSize));
  const indexes = await walIndexes(repo, names, wal.segmentSize);
  const newest = new KnownWal({ wal, indexes }).newest(backups);
  return { wal, backups, newest, indexes, ways: waysOf(wal, newest) };
}
