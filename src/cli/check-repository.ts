// What the repository itself tells of how well it is kept: backups, WAL, retention, room, proofs.

import { statfs } from 'node:fs/promises';
import type { CheckPoint } from '../report/check-text.ts';
import type { Backup } from '../repo/backup.ts';
import { type Catalog, readCatalog } from '../repo/catalog.ts';
import { Damage } from '../repo/damage.ts';
import { type Proof, readProof } from '../repo/proof.ts';
import type { ClusterRepository } from '../repo/repository.ts';
import { isWhole } from '../repo/retain.ts';
import { gapsOf, walKept } from '../repo/wal-catalog.ts';
import type { WalKept } from '../repo/wal-kept.ts';
import { lastSegmentName, segmentName } from '../postgres/segment.ts';
import { between, bytes, type Duration, type Instant, seconds, showBytes, showDuration } from '../time.ts';
import { Fault } from '../faults.ts';
import type { BackedUp } from './open-repository.ts';
import { scheduleInterval } from './schedule.ts';

const [day, aMinute] = [seconds(24 * 3600), seconds(60)];
/** A backup may take its time, and cron its minute. */
const slack = 1.5;
const unproven = 30;

export const good = (name: string, what = ''): CheckPoint => ({ name, ok: true, what, hint: null });
export const bad = (name: string, what: string, hint: string): CheckPoint => ({ name, ok: false, what, hint });

export async function repositoryPoints(cluster: BackedUp, repo: ClusterRepository): Promise<CheckPoint[]> {
  const writable = await writablePoint(repo);
  try {
    const [catalog, wal] = await Promise.all([readCatalog(repo), walKept(repo)]);
    const now = repo.clock.now();
    const usable = catalog.backups.filter(backup => isWhole(backup, wal));
    return [
      writable,
      ...roomPoint(await freeAt(repo), catalog.backups, wal),
      walPoint(wal, usable),
      retentionPoint(cluster, usable, now),
      redundancyPoint(cluster, usable),
      agePoint(cluster, usable, now),
      failedPoint(catalog, usable),
      await provenPoint(repo, usable, now),
    ];
  } catch (error) {
    if (error instanceof Damage)
      return [writable, bad('backups', error.message, 'what else is damaged: lifeboat verify')];
    throw error;
  }
}

/** Writes, and looks at the store's own clock by the way. */
async function writablePoint({
  store,
  names,
  works,
  clock,
  where,
  damaged,
  encrypted,
}: ClusterRepository): Promise<CheckPoint> {
  const name = 'directories';
  const [broken] = damaged;
  if (broken) return bad(name, broken.message, 'lifeboat repo mend');
  const probe = `${names.lease('check', works.random(6).toString('hex'))}.now`;
  try {
    await store.put(probe, Buffer.from('\n'));
    const [ours, seen] = [clock.now(), (await store.list(names.leases)).find(one => one.name === probe)];
    await store.remove(probe);
    const apart = seen === undefined ? 0 : Math.abs(Date.parse(ours) - seen.at);
    if (apart > aMinute)
      return bad(
        name,
        `its clock and that of this machine are ${showDuration(apart as Duration)} apart`,
        'set both: chronyc tracking, timedatectl',
      );
    return good(name, `${where} is there and can be written${encrypted ? ', encrypted' : ''}`);
  } catch (error) {
    if (error instanceof Fault) return bad(name, error.message, error.hint ?? `ls -ld ${where}`);
    throw error;
  }
}

/** Null where the store is no directory of this machine. */
async function freeAt({ where }: ClusterRepository): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(where);
    return bavail * bsize;
  } catch {
    return null;
  }
}

/** Room for one more backup like the last ones, and for an hour of busy WAL. */
function roomPoint(free: number | null, backups: readonly Backup[], { segmentSize }: WalKept): CheckPoint[] {
  if (free === null) return [];
  const needed = Math.max(0, ...backups.slice(-3).map(({ added }) => added)) + 64 * segmentSize;
  const words = `${showBytes(bytes(free))} free, the next backup and its WAL may need ${showBytes(bytes(needed))}`;
  return [free >= needed ? good('free space', words) : bad('free space', words, 'make room, or: lifeboat expire')];
}

/** Only gaps that a restore would have to cross: what lies before the first backup leads nowhere anyway. */
function walPoint(wal: WalKept, usable: readonly Backup[]): CheckPoint {
  const name = 'continuous archiving';
  const gaps = gapsOf(wal).filter(gap =>
    usable.some(
      ({ stopTimeline, stop }) => stopTimeline < gap.timeline || (stopTimeline === gap.timeline && stop <= gap.from),
    ),
  );
  const behind = gaps.filter(
    ({ timeline, to }) =>
      !usable.some(one => one.stopTimeline > timeline || (one.stopTimeline === timeline && one.start >= to)),
  );
  const [gap] = behind;
  if (gap) {
    const names = [
      segmentName(gap.timeline, gap.from, wal.segmentSize),
      lastSegmentName(gap.timeline, gap.to, wal.segmentSize),
    ];
    return bad(
      name,
      `WAL is missing: ${[...new Set(names)].join(' to ')}; what comes behind it cannot be restored`,
      'take a new backup: lifeboat backup',
    );
  }
  if (wal.stretches.length === 0) return bad(name, 'no WAL is kept', 'lifeboat wal receive');
  return good(
    name,
    gaps.length === 0
      ? 'no gap'
      : `${gaps.length} older gap${gaps.length === 1 ? '' : 's'}, none behind the last backup`,
  );
}

function retentionPoint({ backup: { retention } }: BackedUp, usable: readonly Backup[], now: Instant): CheckPoint {
  const name = 'retention policy';
  const { window, redundancy } = retention;
  if (window === undefined && redundancy === undefined) return good(name, 'none is set: nothing expires');
  if (window === undefined) return good(name, `redundancy ${redundancy ?? 1}`);
  const oldest = usable[0];
  const reach = oldest === undefined ? null : between(oldest.stopped, now);
  const words = `window ${showDuration(window)}, one can go back ${reach === null ? 'nowhere' : showDuration(reach)}`;
  // One that is younger than its window has nothing to show for it yet.
  return oldest === undefined ? bad(name, words, 'lifeboat backup') : good(name, words);
}

function redundancyPoint({ backup: { retention } }: BackedUp, usable: readonly Backup[]): CheckPoint {
  const name = 'minimum redundancy requirements';
  const words = `have ${usable.length} backups that can be restored, at least 1 is required, ${retention.redundancy ?? 1} are kept`;
  return usable.length > 0 ? good(name, words) : bad(name, words, 'lifeboat backup');
}

function agePoint({ backup: { schedule, retention } }: BackedUp, usable: readonly Backup[], now: Instant): CheckPoint {
  const name = 'backup maximum age';
  const last = usable.at(-1);
  if (last === undefined) return bad(name, 'there is no backup that can be restored', 'lifeboat backup');
  const age = between(last.stopped, now);
  const interval = schedule === undefined ? undefined : scheduleInterval(schedule);
  const limit = interval === undefined ? retention.window : ((interval * slack) as Duration);
  const expected = limit === undefined ? 'no schedule and no window are set' : `${showDuration(limit)} at most`;
  const words = `the last one, ${last.id}, is ${showDuration(age)} old; ${expected}`;
  return limit !== undefined && age > limit
    ? bad(name, words, 'lifeboat backup; and see why the scheduled one did not run')
    : good(name, words);
}

/** Failed ones that nothing good has followed. */
function failedPoint({ backups, damaged }: Catalog, usable: readonly Backup[]): CheckPoint {
  const name = 'failed backups';
  const [broken] = damaged;
  if (broken) return bad(name, broken.damage.message, 'lifeboat verify');
  const last = usable.at(-1);
  const failed = backups.filter(
    backup => !usable.includes(backup) && (last === undefined || backup.stopped > last.stopped),
  );
  if (failed.length === 0) return good(name, 'none since the last good one');
  const [first] = failed;
  return bad(
    name,
    `${failed.length} since the last good one: ${first?.id ?? ''}: ${first?.damaged ?? 'its WAL is not kept'}`,
    `lifeboat backup show ${first?.id ?? ''}`,
  );
}

async function provenPoint(repo: ClusterRepository, usable: readonly Backup[], now: Instant): Promise<CheckPoint> {
  const name = 'last verified';
  const proofs: { id: string; proof: Proof }[] = [];
  for (const { id } of usable) {
    const proof = await readProof(repo, id);
    if (proof) proofs.push({ id, proof });
  }
  const spoiled = proofs.find(({ proof }) => !proof.ok);
  if (spoiled)
    return bad(
      name,
      `backup ${spoiled.id}: ${spoiled.proof.what}`,
      'lifeboat verify; and take another one: lifeboat backup',
    );
  const [newest] = proofs
    .map(({ proof }) => proof.at)
    .sort()
    .slice(-1);
  const oldest = usable[0];
  const since = newest ?? oldest?.stopped ?? now;
  const age = between(since, now);
  const words = newest === undefined ? 'never' : `${showDuration(age)} ago`;
  return age > unproven * day
    ? bad(name, `${words}; ${unproven} days at most`, 'lifeboat verify, or with --sample 5% every day')
    : good(name, words);
}
