// What expire would do: which backups go and which stay, and which WAL nobody needs any more. Reads only.

import { Fault } from '../faults.ts';
import { lsn } from '../postgres/lsn.ts';
import { parseSegmentName, type Segment } from '../postgres/segment.ts';
import type { Timeline } from '../postgres/timeline.ts';
import { type Bytes, bytes, type Instant } from '../time.ts';
import type { Backup } from './backup.ts';
import { readCatalog } from './catalog.ts';
import { readKeeps } from './keep.ts';
import type { BackupId } from './layout.ts';
import { leases, type LeaseSeen } from './lease.ts';
import type { NeededWal } from './needed-wal.ts';
import { findOrphans } from './orphans.ts';
import type { ClusterRepository } from './repository.ts';
import { type Policy, retain, type Retention } from './retain.ts';
import type { Stored, StoreName } from './store.ts';
import { walKept } from './wal-catalog.ts';
import { walIndexes } from './wal-index.ts';
import type { WalKept } from './wal-kept.ts';
import { segmentsOf } from './wal-path.ts';

export interface ExpirePlan {
  readonly cluster: string;
  readonly at: Instant;
  readonly policy: Policy;
  readonly retention: Retention;
  /** Those that go, oldest first, and what each frees by itself, as if it went last. */
  readonly dropped: readonly Backup[];
  /** Of packs that only those name that go, and of what belongs to no backup at all. */
  readonly freed: Bytes;
  /** Oldest first. */
  readonly wal: readonly WalFile[];
  /** WAL stays for now: a backup is being taken, and where it begins is not known. */
  readonly walWaits: boolean;
}

/** An object with WAL that nobody needs. */
export interface WalFile extends Segment {
  /** Of the segment. */
  readonly name: string;
  readonly object: StoreName;
  readonly size: Bytes;
}

/** Throws a Fault `refused` where a summary cannot be read: nobody knows then what is needed. */
export async function planExpire(repo: ClusterRepository, policy: Policy): Promise<ExpirePlan> {
  const { backups, damaged } = await readCatalog(repo);
  const [broken] = damaged;
  if (broken) {
    throw new Fault(
      'refused',
      `the summary of backup ${broken.id} in ${repo.where} cannot be read, so that nobody knows what it needs`,
      {
        hint: `look at it with lifeboat verify; where it is lost: lifeboat backup delete ${broken.id}`,
        cause: broken.damage,
      },
    );
  }
  const [wal, keeps, live] = await Promise.all([walKept(repo), readKeeps(repo), leases(repo)]);
  const busy = isBusy(live);
  const at = repo.clock.now();
  const circumstances = {
    keeps: new Map(keeps.map(({ id, reason }) => [id, reason] as const)),
    inUse: inUse(live),
    busy,
    lastTransaction: await lastTransactions(repo, wal),
  };
  const retention = retain(backups, circumstances, wal, policy, at);
  const dropped = retention.backups.flatMap(({ backup, verdict }) => (verdict.is === 'dropped' ? [backup] : []));
  return {
    cluster: repo.cluster,
    at,
    policy,
    retention,
    dropped,
    freed: await freedBy(repo, dropped, backups),
    wal: busy ? [] : await unneeded(repo, retention.wal, wal.segmentSize),
    walWaits: busy,
  };
}

export const isBusy = (live: readonly LeaseSeen[]): boolean => live.some(({ kind }) => kind === 'backup');

/** Which backups a lease names, and whose it is. */
export function inUse(live: readonly LeaseSeen[]): ReadonlyMap<BackupId, string> {
  return new Map(
    live.flatMap(({ kind, id, names, owner }) => [...names, id].map(name => [name, `a ${kind} of ${owner}`] as const)),
  );
}

/** WAL before what is needed, with what lies on timelines of which nothing is. */
export async function unneeded(repo: ClusterRepository, needed: NeededWal, segmentSize: number): Promise<WalFile[]> {
  const stored = await repo.store.list(repo.names.wal);
  return stored
    .flatMap(({ name: object, size }) => {
      const name = object.slice(object.lastIndexOf('/') + 1);
      const place = parseSegmentName(name, segmentSize);
      return place ? [{ ...place, name: name.slice(0, 24), object, size }] : [];
    })
    .filter(({ timeline, start }) => {
      const floor = needed.get(timeline);
      return floor === null || (floor !== undefined && lsn(start + BigInt(segmentSize)) <= floor);
    })
    .sort((a, b) => a.timeline - b.timeline || (a.start < b.start ? -1 : 1));
}

/** When the last transaction of each timeline ended, where its last few segments tell. */
async function lastTransactions(repo: ClusterRepository, wal: WalKept): Promise<Map<Timeline, Instant>> {
  const found = new Map<Timeline, Instant>();
  for (const stretch of wal.stretches) {
    const names = segmentsOf(stretch, wal.segmentSize).slice(-3);
    const indexes = await walIndexes(repo, names, wal.segmentSize);
    const last = names.flatMap(name => indexes.get(name)?.lastEnd ?? []).at(-1);
    if (last) found.set(stretch.timeline, last.time);
    // What ended earlier says nothing of this stretch.
    else found.delete(stretch.timeline);
  }
  return found;
}

async function freedBy(repo: ClusterRepository, dropped: readonly Backup[], all: readonly Backup[]): Promise<Bytes> {
  const going = new Set(dropped.map(({ id }) => id));
  const staying = new Set(all.filter(({ id }) => !going.has(id)).flatMap(({ packs }) => packs));
  const packs = new Set(dropped.flatMap(one => one.packs).filter(name => !staying.has(name)));
  const things: readonly Stored[] = [
    ...(await repo.store.list(repo.names.packs)),
    ...(await repo.store.list(repo.names.backups)),
  ];
  const orphans = await findOrphans(repo);
  const ofDropped = things.filter(
    ({ name }) => packs.has(name) || going.has(name.slice(repo.names.backups.length).split('/')[0] ?? ''),
  );
  return bytes([...ofDropped, ...orphans].reduce((sum, { size }) => sum + size, 0));
}
