// From a target to what leads there, with everything looked up in the repository that this takes.

import type { Backup } from './backup.ts';
import { listBackups } from './catalog.ts';
import { type Chosen, choose, type Known, type Wish } from './choose.ts';
import type { ClusterRepository } from './repository.ts';
import type { Unreachable } from './unreachable.ts';
import { walKept } from './wal-catalog.ts';
import { readKeptWal, walIndexes } from './wal-index.ts';
import type { TransactionEnd, WalKept } from './wal-kept.ts';
import { segmentsOf } from './wal-path.ts';

/** Exact: where the indexes alone cannot tell, the segments in question are read. Nothing is written. */
export async function wayBack(repo: ClusterRepository, wish: Wish): Promise<Chosen | Unreachable> {
  const known = await knownOf(repo);
  const read = new Map<string, readonly TransactionEnd[]>();
  for (;;) {
    const found = choose(wish, { ...known, read });
    const next = found.unread.filter(name => !read.has(name)).slice(0, 2);
    if (next.length === 0) return found;
    for (const name of next) read.set(name, (await readKeptWal(repo, name, known.wal.segmentSize))?.ends ?? []);
  }
}

/** Backups, WAL, and what is in it. */
export async function knownOf(repo: ClusterRepository): Promise<Known> {
  const [backups, wal] = await Promise.all([listBackups(repo), walKept(repo)]);
  const names = namesOf(wal, backups);
  const indexes = await walIndexes(repo, names, wal.segmentSize);
  return { backups, wal, indexes, unreadable: new Set(names.filter(name => !indexes.has(name))) };
}

/** Every segment that a recovery could read: none before the first backup. */
function namesOf({ stretches, segmentSize }: WalKept, backups: readonly Backup[]): string[] {
  const first = backups.map(({ start }) => start).reduce<bigint | null>((a, b) => (a === null || b < a ? b : a), null);
  if (first === null) return [];
  return stretches.flatMap(({ timeline, from, to }) =>
    to <= first ? [] : segmentsOf({ timeline, from, to }, segmentSize),
  );
}
