// Removes backups that retention lets go, and the WAL that nobody needs any more. Killed at any instant it leaves a true catalogue, and the next run goes on.

import { type Bytes, bytes } from '../time.ts';
import type { Backup } from './backup.ts';
import { readCatalog } from './catalog.ts';
import { type ExpirePlan, inUse, isBusy, planExpire, unneeded, type WalFile } from './expire-plan.ts';
import { readKeeps } from './keep.ts';
import { leases, takeLease } from './lease.ts';
import { neededWal } from './needed-wal.ts';
import { removeOrphans } from './orphans.ts';
import type { ClusterRepository } from './repository.ts';
import { needingWal, type Policy } from './retain.ts';
import { walKept } from './wal-catalog.ts';

export type ExpireNews =
  | { readonly is: 'planned'; readonly plan: ExpirePlan }
  | { readonly is: 'dropped'; readonly backup: Backup }
  /** It was to go, and somebody has begun to use it, or to keep it. */
  | { readonly is: 'spared'; readonly backup: Backup; readonly why: string }
  | { readonly is: 'freed'; readonly bytes: Bytes }
  | { readonly is: 'wal-removed'; readonly segment: string };

export interface Expired {
  readonly plan: ExpirePlan;
  readonly dropped: readonly Backup[];
  readonly freed: Bytes;
  readonly wal: readonly WalFile[];
}

/** Only one at a time: throws a Fault `locked` where another is at work. Nothing that the plan does not name is removed but orphans. */
export async function expire(
  repo: ClusterRepository,
  policy: Policy,
  owner: string,
  tell: (news: ExpireNews) => void,
): Promise<Expired> {
  const lease = await takeLease(repo, { kind: 'expire', id: 'expire' }, owner);
  try {
    const plan = await planExpire(repo, policy);
    tell({ is: 'planned', plan });
    const dropped: Backup[] = [];
    let gone = 0;
    for (const backup of plan.dropped) {
      await lease.confirm();
      const size = await drop(repo, backup, tell);
      if (size === null) continue;
      gone += size;
      dropped.push(backup);
    }
    await lease.confirm();
    const freed = bytes((await removeOrphans(repo)).reduce((sum, { size }) => sum + size, gone));
    tell({ is: 'freed', bytes: freed });
    await lease.confirm();
    return { plan, dropped, freed, wal: await removeWal(repo, plan, tell) };
  } finally {
    await lease.release();
  }
}

/**
 * With its summary the backup is gone: whoever looks from now on does not find it, and what it consisted of belongs to nobody.
 * How large that was; null where it must stay.
 */
async function drop(repo: ClusterRepository, backup: Backup, tell: (news: ExpireNews) => void): Promise<Bytes | null> {
  const { names, store } = repo;
  const [live, keeps] = await Promise.all([leases(repo), readKeeps(repo)]);
  const user = inUse(live).get(backup.id) ?? (keeps.some(({ id }) => id === backup.id) ? 'lifeboat keep' : undefined);
  if (user !== undefined) {
    tell({ is: 'spared', backup, why: `in use by ${user}` });
    return null;
  }
  const summary = (await store.list(`${names.backups}${backup.id}/`)).find(
    ({ name }) => name === names.summary(backup.id),
  );
  await store.remove(names.summary(backup.id));
  await store.remove(names.proof(backup.id));
  tell({ is: 'dropped', backup });
  return summary?.size ?? bytes(0);
}

/** Of what the plan named, all that those backups do not need which are there now. Oldest first, so that no gap appears in what is left. */
async function removeWal(
  repo: ClusterRepository,
  plan: ExpirePlan,
  tell: (news: ExpireNews) => void,
): Promise<WalFile[]> {
  if (plan.wal.length === 0 || isBusy(await leases(repo))) return [];
  const [{ backups, damaged }, wal, keeps] = await Promise.all([readCatalog(repo), walKept(repo), readKeeps(repo)]);
  if (damaged.length > 0) return [];
  const kept = new Set(keeps.map(({ id }) => id));
  const needed = neededWal({ backups: needingWal(backups, wal, id => kept.has(id)), busy: false }, wal);
  const named = new Set(plan.wal.map(({ object }) => object));
  const removed: WalFile[] = [];
  for (const file of await unneeded(repo, needed, wal.segmentSize)) {
    if (!named.has(file.object)) continue;
    // The index first: without its segment it would never be found again.
    await repo.store.remove(repo.names.index(file.name));
    await repo.store.remove(file.object);
    removed.push(file);
    tell({ is: 'wal-removed', segment: file.name });
  }
  return removed;
}
