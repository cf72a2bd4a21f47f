// Names of tables and databases as a backup has them: read from the files of the catalogs, without any server.

import { classRow, namedRow, readRelationMap } from '../postgres/catalog-rows.ts';
import { rowsOn } from '../postgres/heap-page.ts';
import { firstOfUsers, pgClass, pgDatabase, pgNamespace } from '../postgres/relation-file.ts';
import { walPageSize } from '../postgres/wal-page-header.ts';
import type { Backup, BackupFile } from './backup.ts';
import { backupFiles } from './catalog.ts';
import type { NamedRelation } from './relation-names.ts';
import type { ClusterRepository } from './repository.ts';
import { contentOf } from './restore-contents.ts';

export interface Catalogue {
  readonly relations: readonly NamedRelation[];
  readonly databases: ReadonlyMap<number, string>;
}

/** Of these databases, by their oids. Throws Damage. */
export async function backupCatalogue(
  repo: ClusterRepository,
  backup: Backup,
  wanted: ReadonlySet<number>,
): Promise<Catalogue> {
  const content = (file: BackupFile | undefined): Promise<Buffer> =>
    file === undefined ? Promise.resolve(Buffer.alloc(0)) : contentOf(repo, backup, file);
  // Where the files of each database lie, a tablespace of its own perhaps; then which of them are the catalogs; VACUUM FULL gives them other numbers.
  const maps = await find(repo, backup, path => path.endsWith('/pg_filenode.map'));
  const numbers = new Map<string, ReadonlyMap<number, number>>();
  for (const [path, file] of maps) {
    const folder = path.slice(0, path.lastIndexOf('/'));
    const isWanted = folder === 'global' || wanted.has(Number(folder.slice(folder.lastIndexOf('/') + 1)));
    if (isWanted) numbers.set(folder, readRelationMap(await content(file)) ?? new Map<number, number>());
  }
  const first = await find(repo, backup, path => {
    const [folder, name] = [path.slice(0, path.lastIndexOf('/')), Number(path.slice(path.lastIndexOf('/') + 1))];
    const map = numbers.get(folder);
    const catalogs = folder === 'global' ? [pgDatabase] : [pgClass, pgNamespace];
    return map !== undefined && catalogs.some(oid => (map.get(oid) ?? oid) === name);
  });
  const rows = async (folder: string, number: number): Promise<Buffer[]> =>
    rowsIn(await content(first.get(`${folder}/${number}`)));
  const major = Number.parseInt(backup.version, 10);
  const relations: NamedRelation[] = [];
  for (const [folder, map] of numbers) {
    if (folder === 'global') continue;
    const database = Number(folder.slice(folder.lastIndexOf('/') + 1));
    const classes = (await rows(folder, map.get(pgClass) ?? pgClass)).flatMap(data => classRow(data, major) ?? []);
    const schemas = named(await rows(folder, pgNamespace));
    for (const one of classes)
      if (one.oid >= firstOfUsers) relations.push({ ...one, database, schema: schemas.get(one.namespace) ?? null });
  }
  const databaseFile = numbers.get('global')?.get(pgDatabase) ?? pgDatabase;
  return { relations, databases: named(await rows('global', databaseFile)) };
}

async function find(
  repo: ClusterRepository,
  backup: Backup,
  isWanted: (path: string) => boolean,
): Promise<Map<string, BackupFile>> {
  const found = new Map<string, BackupFile>();
  for await (const file of backupFiles(repo, backup))
    if (file.kind === 'file' && isWanted(file.path)) found.set(file.path, file);
  return found;
}

/** Versions that were replaced come first, so that the later one counts where one of each is taken. */
function rowsIn(file: Buffer): Buffer[] {
  const all = Array.from({ length: Math.floor(file.length / walPageSize) }, (_, i) =>
    rowsOn(file.subarray(i * walPageSize, (i + 1) * walPageSize)),
  ).flat();
  return [...all.filter(({ ended }) => ended), ...all.filter(({ ended }) => !ended)].map(({ data }) => data);
}

const named = (rows: readonly Buffer[]): Map<number, string> =>
  new Map(rows.flatMap(data => namedRow(data) ?? []).map(({ oid, name }) => [oid, name]));
