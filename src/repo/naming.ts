// Names for the files that transactions were found to touch, from every catalogue that can still be read.

import type { Backup } from './backup.ts';
import { backupCatalogue, type Catalogue } from './backup-catalogue.ts';
import { Damage } from './damage.ts';
import { unnamedIn } from './effects.ts';
import type { Search } from './find.ts';
import type { FoundTransaction } from './found-transaction.ts';
import { RelationNames } from './relation-names.ts';
import type { ClusterRepository } from './repository.ts';

/** From the servers as far as they know; what they do not know any more from backups, the newest from before it first. */
export async function namesFor(
  repo: ClusterRepository,
  backups: readonly Backup[],
  search: Search,
  live: Catalogue | undefined,
): Promise<RelationNames> {
  const catalogues: Catalogue[] = [];
  const tried = new Set<Backup>();
  for (;;) {
    const names = namesOf(search, live, catalogues);
    const [unnamed, backup] = nextBackup(unnamedIn(search.found, names), backups, tried);
    if (backup === undefined) return names;
    tried.add(backup);
    try {
      catalogues.unshift(await backupCatalogue(repo, backup, new Set(unnamed.flatMap(databasesOf))));
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
    }
  }
}

/** At most this many backups are looked into: each takes a look through its list of files. */
const lookedInto = 3;

function nextBackup(
  unnamed: readonly FoundTransaction[],
  backups: readonly Backup[],
  tried: ReadonlySet<Backup>,
): [readonly FoundTransaction[], Backup | undefined] {
  if (tried.size >= lookedInto) return [unnamed, undefined];
  for (const { lsn } of unnamed) {
    const before = backups.filter(({ status, stop }) => status === 'ok' && stop <= lsn).at(-1);
    if (before && !tried.has(before)) return [unnamed, before];
  }
  return [unnamed, undefined];
}

const databasesOf = ({ database, dropped, truncated, databases }: FoundTransaction): number[] => [
  ...(database === null ? [] : [database]),
  ...dropped.map(file => file.database),
  ...truncated.map(({ now }) => now.database),
  ...databases.map(({ oid }) => oid),
];

function namesOf(
  { classes, pairs }: Search,
  live: Catalogue | undefined,
  catalogues: readonly Catalogue[],
): RelationNames {
  const names = new RelationNames();
  for (const { relations, databases } of catalogues) {
    for (const relation of relations) names.add(relation);
    for (const [oid, name] of databases) names.addDatabase(oid, name);
  }
  for (const row of classes) names.add({ ...row, schema: null });
  for (const relation of live?.relations ?? []) names.add(relation);
  for (const [oid, name] of live?.databases ?? []) names.addDatabase(oid, name);
  for (const [was, now] of pairs) names.pair(was, now);
  return names;
}
