// What lies in the repository and belongs to no backup: left by one that did not come to its end, or by one that was removed.

import type { Backup } from './backup.ts';
import { readCatalog } from './catalog.ts';
import { leases } from './lease.ts';
import type { BackupId } from './layout.ts';
import type { ClusterRepository } from './repository.ts';
import type { Stored, StoreName } from './store.ts';

/**
 * Packs, lists of files and manifests that no summary names and no live lease covers. None where a summary cannot be read, or where a backup is being
 * taken upon one whose summary is gone: then nobody can tell which packs are still needed.
 */
export async function findOrphans(repo: ClusterRepository): Promise<readonly Stored[]> {
  // In this order: a backup that ends meanwhile puts its summary before it lets go of its lease, so one of the two is seen.
  const { names, store } = repo;
  const things = [...(await store.list(names.packs)), ...(await store.list(names.backups))];
  if (things.length === 0) return [];
  const live = await leases(repo);
  const { backups, damaged } = await readCatalog(repo);
  const known = new Set(backups.map(({ id }) => id));
  const taking = live.filter(({ kind }) => kind === 'backup');
  if (damaged.length > 0 || taking.some(lease => lease.names.some(id => !known.has(id)))) return [];
  const named = new Set<StoreName>(backups.flatMap(({ packs }) => packs));
  const underWay = new Set(taking.map(({ id }) => id));
  return things.filter(({ name }) => {
    const owner = ownerOf(repo, name);
    if (owner === undefined || underWay.has(owner)) return false;
    return name.startsWith(names.packs) ? !named.has(name) : !known.has(owner);
  });
}

/** Removes them, and says what they were. */
export async function removeOrphans(repo: ClusterRepository): Promise<readonly Stored[]> {
  const orphans = await findOrphans(repo);
  for (const { name } of orphans) await repo.store.remove(name);
  return orphans;
}

/** The packs of a backup in which blocks of other backups lie, and whose those are. */
export function sharedPacks(backup: Backup, all: readonly Backup[]): ReadonlyMap<StoreName, readonly BackupId[]> {
  const others = all.filter(({ id }) => id !== backup.id);
  const users = backup.packs.map(
    pack => [pack, others.filter(({ packs }) => packs.includes(pack)).map(({ id }) => id)] as const,
  );
  return new Map(users.filter(([, ids]) => ids.length > 0));
}

/** The backup that put it; undefined for what is no name of ours. */
function ownerOf({ names }: ClusterRepository, name: StoreName): BackupId | undefined {
  if (name.startsWith(names.packs)) return /^(\d{8}T\d{6}Z-[a-z0-9]+)\.\d+$/.exec(name.slice(names.packs.length))?.[1];
  return /^(\d{8}T\d{6}Z-[a-z0-9]+)\/(?:files|backup_manifest)$/.exec(name.slice(names.backups.length))?.[1];
}
