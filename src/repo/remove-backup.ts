// A backup removed: it is gone with its summary; its packs go where no other backup names them.

import { Fault } from '../faults.ts';
import { type Bytes, bytes } from '../time.ts';
import type { Backup } from './backup.ts';
import { listBackups } from './catalog.ts';
import type { BackupId } from './layout.ts';
import { leases } from './lease.ts';
import { removeOrphans, sharedPacks } from './orphans.ts';
import type { ClusterRepository } from './repository.ts';

export interface Removed {
  readonly backup: Backup;
  /** What the repository has become smaller by. */
  readonly freed: Bytes;
  /** Packs that stay because blocks of other backups lie in them. */
  readonly staying: { readonly packs: number; readonly bytes: Bytes; readonly for: readonly BackupId[] };
}

/** What would be removed, and whether it may be: throws a Fault `refused` for the last OK one, one that is kept, and one that is in use. */
export async function removable(repo: ClusterRepository, backup: Backup): Promise<Omit<Removed, 'freed'>> {
  const all = await listBackups(repo);
  if (backup.status === 'ok' && !all.some(({ id, status }) => id !== backup.id && status === 'ok')) {
    throw new Fault('refused', `backup ${backup.id} is the last one of cluster ${repo.cluster} that can be restored`, {
      hint: 'take another one first: lifeboat backup',
    });
  }
  if ((await repo.store.get(repo.names.kept(backup.id))) !== undefined) {
    throw new Fault('refused', `backup ${backup.id} is kept`, {
      hint: `let go of it first: lifeboat release ${backup.id}`,
    });
  }
  const user = (await leases(repo)).find(({ id, names }) => id === backup.id || names.includes(backup.id));
  if (user !== undefined) {
    throw new Fault('refused', `backup ${backup.id} is in use: a ${user.kind} of ${user.owner} (pid ${user.pid})`, {
      hint: 'wait until that is over',
    });
  }
  const shared = sharedPacks(backup, all);
  const sizes = new Map((await repo.store.list(repo.names.packs)).map(({ name, size }) => [name, size]));
  return {
    backup,
    staying: {
      packs: shared.size,
      bytes: bytes([...shared.keys()].reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0)),
      for: [...new Set([...shared.values()].flat())].sort(),
    },
  };
}

/** Removes it without asking what it is needed for: {@link removable} says. The summary goes first, so that a crash leaves no backup that lacks something. */
export async function removeBackup(repo: ClusterRepository, { id }: Pick<Backup, 'id'>): Promise<Bytes> {
  const { names, store } = repo;
  const summary = (await store.list(`${names.backups}${id}/`)).find(({ name }) => name === names.summary(id));
  await store.remove(names.summary(id));
  await store.remove(names.kept(id));
  await store.remove(names.proof(id));
  const gone = await removeOrphans(repo);
  return bytes(gone.reduce((sum, { size }) => sum + size, summary?.size ?? 0));
}
