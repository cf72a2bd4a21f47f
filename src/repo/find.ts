// Finds transactions in the WAL that is kept, on all timelines: what they did, where they ended, and how many ended after them.

import type { Lsn } from '../postgres/lsn.ts';
import type { RelationFile } from '../postgres/relation-file.ts';
import type { Timeline } from '../postgres/timeline.ts';
import { type Wanted, WaySearch } from './way-search.ts';
import type { FoundTransaction } from './found-transaction.ts';
import type { KnownSegments } from './known-segments.ts';
import type { ClusterRepository } from './repository.ts';
import type { StorageChanges } from './storage.ts';
import type { SeenClass } from './tally.ts';
import type { TransactionEnd } from './wal-kept.ts';

export interface Search {
  /** In the order of the WAL, those on the newest way first. */
  readonly found: readonly FoundTransaction[];
  /** Rows of pg_class that passed by, and files of one relation before and after, also of what is not among those found. */
  readonly classes: readonly SeenClass[];
  readonly pairs: StorageChanges['pairs'];
  /** How far the WAL of the newest way is kept, and the last transaction that ended in it. */
  readonly until: { readonly timeline: Timeline; readonly lsn: Lsn | null; readonly last: TransactionEnd | null };
  /** Segments that were read, and those that could not be. */
  readonly read: number;
  readonly unreadable: readonly string[];
}

/**
 * @param isClass whether a file is that of pg_class in its database
 * @param tell called after each segment, with how many are to be read for now
 */
export async function findTransactions(
  repo: ClusterRepository,
  known: KnownSegments,
  wanted: Wanted,
  isClass: (file: RelationFile) => boolean,
  tell: (done: number, of: number) => void = () => undefined,
): Promise<Search> {
  const { ways } = known;
  const all = ways.map(way => new WaySearch(repo, known, way, { wanted, isClass }));
  const found: FoundTransaction[] = [];
  for (const search of all) found.push(...(await search.run(tell)));
  const [main] = ways;
  const last = main?.slices.findLast(({ name }) => known.indexes.get(name)?.lastEnd);
  return {
    found,
    classes: all.flatMap(({ classes }) => classes),
    pairs: all.flatMap(({ pairs }) => pairs),
    until: {
      timeline: known.newest,
      lsn: main?.slices.at(-1)?.to ?? null,
      last: (last && known.indexes.get(last.name)?.lastEnd) ?? null,
    },
    read: all.reduce((sum, { read }) => sum + read, 0),
    unreadable: [...new Set([...unindexed(known), ...all.flatMap(({ unreadable }) => unreadable)])],
  };
}

/** Of what cannot be read no index can be made. */
const unindexed = ({ ways, indexes }: KnownSegments): string[] =>
  ways.flatMap(({ slices }) => slices.map(({ name }) => name).filter(name => !indexes.has(name)));
