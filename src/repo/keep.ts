// Backups that somebody wants kept whatever the retention says.

import { Fault } from '../faults.ts';
import type { Instant } from '../time.ts';
import type { Backup } from './backup.ts';
import type { BackupId } from './layout.ts';
import { readPlain, writePlain } from './plain-json.ts';
import type { ClusterRepository } from './repository.ts';
import { Damage } from './vault.ts';

export interface Keep {
  readonly id: BackupId;
  readonly reason: string;
  /** user@machine. */
  readonly by: string;
  readonly since: Instant;
}

/** Also those that cannot be read: what is marked is kept, even where nobody knows any more why. */
export async function readKeeps(repo: ClusterRepository): Promise<readonly Keep[]> {
  const stored = await repo.store.list(repo.names.keeps);
  const keeps = await Promise.all(stored.map(({ name }) => readKeep(repo, name.slice(repo.names.keeps.length))));
  return keeps.filter(keep => keep !== undefined);
}

/** Undefined where it is not marked. */
export async function readKeep(repo: ClusterRepository, id: BackupId): Promise<Keep | undefined> {
  const name = repo.names.kept(id);
  const bytes = await repo.store.get(name);
  if (bytes === undefined) return undefined;
  try {
    return readPlain(bytes, name) as unknown as Keep;
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
    return { id, reason: 'the note of it is damaged', by: 'unknown', since: repo.clock.now() };
  }
}

/** Marks it, or gives it another reason. Throws a Fault `refused` where it has gone meanwhile. */
export async function keepBackup(
  repo: ClusterRepository,
  { id }: Pick<Backup, 'id'>,
  { reason, by }: Pick<Keep, 'reason' | 'by'>,
): Promise<Keep> {
  const keep: Keep = { id, reason, by, since: repo.clock.now() };
  await repo.store.put(repo.names.kept(id), writePlain(keep));
  // An expire that was under way may have looked for the mark just before it was put.
  if ((await repo.store.getRange(repo.names.summary(id), 0, 1)) !== undefined) return keep;
  await repo.store.remove(repo.names.kept(id));
  throw new Fault('refused', `backup ${id} was removed meanwhile`, { hint: 'what there is: lifeboat backups' });
}

/** Whether it was marked. */
export async function releaseBackup(repo: ClusterRepository, { id }: Pick<Backup, 'id'>): Promise<boolean> {
  const was = (await readKeep(repo, id)) !== undefined;
  await repo.store.remove(repo.names.kept(id));
  return was;
}
