// From a target to what leads there, with everything looked up in the repository that this takes.

import type { Backup } from './backup.ts';
import { listBackups } from './catalog.ts';
import { type Chosen, choose, type Known, type Wish } from './choose.ts';
import { KnownWal } from './known-wal.ts';
import { type Lost, lostAfter, type Present } from './lost.ts';
import type { ClusterRepository } from './repository.ts';
import type { Unreachable } from './unreachable.ts';
import { walKept } from './wal-catalog.ts';
import { readKeptWal, walIndexes } from './wal-index.ts';
import type { TransactionEnd, WalKept } from './wal-kept.ts';
import { segmentsOf } from './wal-path.ts';

/** Exact. Nothing is written. */
export async function wayBack(repo: ClusterRepository, wish: Wish, known?: Known): Promise<Chosen | Unreachable> {
  return exactly(repo, known ?? (await knownOf(repo)), facts => choose(wish, facts));
}

/** What of the present is lost by going there, exact as well. */
export function lossOf(repo: ClusterRepository, chosen: Chosen, now: Present, known: Known): Promise<Lost> {
  return exactly(repo, known, facts => lostAfter(chosen, now, facts));
}

/** The last transaction that ended before the recovery does, where it is to end before one; null where there is none on the way. */
export async function endBefore(repo: ClusterRepository, chosen: Chosen, known: Known): Promise<TransactionEnd | null> {
  if (chosen.end.is !== 'before') return null;
  const { found } = await exactly(repo, known, facts => {
    const wal = new KnownWal(facts);
    const reach = wal.reach(chosen.backup, chosen.timeline, chosen.path);
    return { found: wal.lastEnd(reach, chosen.end.lsn), unread: wal.unread };
  });
  return found ?? null;
}

/** Where the indexes alone cannot tell, the segments in question are read, and the same is asked again. */
async function exactly<Answer extends { readonly unread: readonly string[] }>(
  repo: ClusterRepository,
  known: Known,
  ask: (known: Known) => Answer,
): Promise<Answer> {
  const read = new Map<string, readonly TransactionEnd[]>();
  for (;;) {
    const found = ask({ ...known, read });
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
