// Expire in a repository in memory: what goes, what stays, and that it may be killed at any moment.

import { beforeAll, beforeEach, expect, test } from 'vitest';
import { memoryStore, type MemoryStore } from '../../../src/drivers/memory-store.ts';
import { threadWorks } from '../../../src/drivers/works.ts';
import { Fault } from '../../../src/faults.ts';
import type { Clock } from '../../../src/ports.ts';
import { lsn } from '../../../src/postgres/lsn.ts';
import { segmentName } from '../../../src/postgres/segment.ts';
import { timeline } from '../../../src/postgres/timeline.ts';
import type { Backup } from '../../../src/repo/backup.ts';
import { encodeBackup } from '../../../src/repo/backup-codec.ts';
import { listBackups, readCatalog } from '../../../src/repo/catalog.ts';
import { expire, type ExpireNews } from '../../../src/repo/expire.ts';
import { planExpire } from '../../../src/repo/expire-plan.ts';
import { claimCluster } from '../../../src/repo/identity.ts';
import { keepBackup, readKeeps, releaseBackup } from '../../../src/repo/keep.ts';
import { takeLease } from '../../../src/repo/lease.ts';
import { findOrphans } from '../../../src/repo/orphans.ts';
import { type ClusterRepository, createRepository, inCluster, openRepository } from '../../../src/repo/repository.ts';
import { isWhole } from '../../../src/repo/retain.ts';
import { walKept } from '../../../src/repo/wal-catalog.ts';
import { expireText } from '../../../src/report/expire-text.ts';
import { instant } from '../../../src/time.ts';
import { backupOf, size, timeOf } from './wal-model.ts';

const one = timeline(1);
const works = threadWorks();
/** Of the store and of ourselves, in milliseconds since 1970. */
let now = Date.parse(timeOf(100));
const clock: Clock = {
  now: () => instant(new Date(now)),
  ticks: () => 0,
  sleep: (_, stop) =>
    new Promise(resolve => {
      if (stop?.aborted === true) resolve();
      stop?.addEventListener('abort', () => resolve(), { once: true });
    }),
};

/** Four backups; in the packs of the first lie blocks of the second, in those of the third blocks of the fourth. */
const backups: readonly Backup[] = [0, 1, 2, 3].map(number => {
  const backup = backupOf(number, one, 2 + 16 * number, 5 + 16 * number);
  const pack = (of: number) => `clusters/main/packs/20260101T0000${String(of).padStart(2, '0')}Z-test.00000`;
  return { ...backup, packs: number % 2 === 0 ? [pack(number)] : [pack(number - 1), pack(number)] };
});
const id = (number: number): string => backups[number]!.id;

let template: Map<string, Buffer>;
let store: MemoryStore;
let repo: ClusterRepository;

beforeAll(async () => {
  const first = memoryStore();
  const made = inCluster(await createRepository(first, works, clock), 'main');
  await claimCluster(made, { systemId: '1', major: 15, segmentSize: size }, 'a test');
  for (const backup of backups) {
    await made.vault.put(made.names.summary(backup.id), 'backup', encodeBackup(backup));
    for (const name of [made.names.files(backup.id), made.names.manifest(backup.id), made.names.pack(backup.id, 0)]) {
      await first.put(name, Buffer.from(name));
    }
  }
  for (let number = 2; number < 12; number += 1) {
    const name = segmentName(one, lsn(BigInt(number * size)), size);
    await made.vault.put(made.names.segment(name), 'segment', Buffer.alloc(size));
    await first.put(made.names.index(name), Buffer.from('an index of another format'));
  }
  template = first.things;
});

beforeEach(async () => {
  store = memoryStore();
  for (const [name, content] of template) await store.put(name, content);
  now = Date.parse(timeOf(100));
  store.clock = () => now;
  repo = inCluster(await openRepository(store, works, clock), 'main');
});

const run = async (policy = { redundancy: 2 }): Promise<ExpireNews[]> => {
  const news: ExpireNews[] = [];
  await expire(repo, policy, 'me@here', one => news.push(one));
  return news;
};
const names = (): string[] => [...store.things.keys()].filter(name => !name.includes('/leases/')).sort();
const ids = async (): Promise<string[]> => (await listBackups(repo)).map(backup => backup.id);

/** What is in the catalogue is there: packs, files, and the WAL from its start to its stop. */
async function isTrue(): Promise<void> {
  const { backups: found, damaged } = await readCatalog(repo);
  expect(damaged).toEqual([]);
  const wal = await walKept(repo);
  for (const backup of found) {
    for (const name of [...backup.packs, repo.names.files(backup.id), repo.names.manifest(backup.id)])
      expect(store.things.has(name), name).toBe(true);
    expect(isWhole(backup, wal), backup.id).toBe(true);
  }
}

test('the old ones go, with what only they needed, and the WAL before the oldest that stays', async () => {
  const before = await planExpire(repo, { redundancy: 2 });
  const untouched = names();
  expect(names()).toEqual(untouched);
  await run();
  expect(await ids()).toEqual([id(2), id(3)]);
  await isTrue();
  expect(await findOrphans(repo)).toEqual([]);
  const wal = await walKept(repo);
  expect(wal.stretches).toMatchObject([{ from: backups[2]!.start - (backups[2]!.start % BigInt(size)) }]);
  expect(before.dropped.map(backup => backup.id)).toEqual([id(0), id(1)]);
  expect(before.wal.length).toBe(10 - Number((wal.stretches[0]!.to - wal.stretches[0]!.from) / BigInt(size)));
  const after = names();
  await run();
  expect(names()).toEqual(after);
});

test('a pack in which a block of another backup lies stays', async () => {
  await keepBackup(repo, backups[1]!, { reason: 'audit', by: 'me@here' });
  await run({ redundancy: 1 });
  expect(await ids()).toEqual([id(1), id(3)]);
  await isTrue();
  expect(store.things.has(repo.names.pack(id(0), 0))).toBe(true);
  expect(store.things.has(repo.names.files(id(0)))).toBe(false);
  expect(await readKeeps(repo)).toMatchObject([{ id: id(1), reason: 'audit' }]);
  expect(await releaseBackup(repo, backups[1]!)).toBe(true);
  await run({ redundancy: 1 });
  expect(await ids()).toEqual([id(3)]);
  await isTrue();
});

test('killed at any moment it leaves a true catalogue, and the next run ends it', { timeout: 60_000 }, async () => {
  await run();
  const end = names();
  let killed = 0;
  for (let at = 1; ; at += 1) {
    store = memoryStore();
    for (const [name, content] of template) await store.put(name, content);
    store.clock = () => now;
    repo = inCluster(await openRepository(store, works, clock), 'main');
    let calls = 0;
    store.trouble = () => ((calls += 1) >= at ? new Fault('failed', 'killed') : undefined);
    const over = await run().then(
      () => true,
      (error: unknown) => {
        if (!(error instanceof Fault)) throw error;
        return false;
      },
    );
    store.trouble = undefined;
    // The lease of the dead one is stale by then.
    now += 120_000;
    await isTrue();
    if (over) break;
    killed += 1;
    await run();
    expect(names()).toEqual(end);
  }
  expect(killed).toBeGreaterThan(30);
});

test('what a restore reads is spared, also where it began after the plan was made', async () => {
  const lease = await takeLease(repo, { kind: 'restore', names: [id(0)] }, 'you@there');
  await run();
  expect(await ids()).toEqual([id(0), id(2), id(3)]);
  await isTrue();
  await lease.release();

  let late: Awaited<ReturnType<typeof takeLease>> | undefined;
  const news: ExpireNews[] = [];
  const planned = new Promise<void>(resolve => {
    store.trouble = (doing, name) => {
      if (doing === 'list' && name.includes('/kept/')) resolve();
      return undefined;
    };
  });
  const [done] = await Promise.all([
    expire(repo, { redundancy: 2 }, 'me@here', one => news.push(one)),
    planned.then(async () => (late = await takeLease(repo, { kind: 'restore', names: [id(0)] }, 'you@there'))),
  ]);
  expect(
    done.dropped.length +
      news.filter(({ is }) => is === 'spared').length +
      done.plan.retention.backups.filter(({ backup, verdict }) => backup.id === id(0) && verdict.is === 'kept').length,
  ).toBe(1);
  await late!.release();
});

test('while a backup is being taken WAL stays, and so does all of the one it builds on', async () => {
  const lease = await takeLease(repo, { kind: 'backup', id: '20260101T000009Z-test', names: [id(1)] }, 'me@here');
  const wal = await walKept(repo);
  await run({ redundancy: 1 });
  expect(await ids()).toEqual([id(1), id(3)]);
  expect(await walKept(repo)).toEqual(wal);
  await lease.release();
});

test('a summary that cannot be read stops everything', async () => {
  const name = repo.names.summary(id(3));
  const content = store.things.get(name)!;
  content[content.length - 1]! ^= 1;
  await store.put(name, content);
  const before = names();
  await expect(run()).rejects.toMatchObject({ code: 'refused', message: expect.stringContaining(id(3)) as string });
  expect(names()).toEqual(before);
});

test('only one at a time', async () => {
  const lease = await takeLease(repo, { kind: 'expire', id: 'expire' }, 'you@there');
  await expect(run()).rejects.toMatchObject({ code: 'locked' });
  await lease.release();
  await run();
});

test('a backup that is gone cannot be kept any more', async () => {
  await store.remove(repo.names.summary(id(0)));
  await expect(keepBackup(repo, backups[0]!, { reason: '', by: 'me@here' })).rejects.toMatchObject({ code: 'refused' });
  expect(await readKeeps(repo)).toEqual([]);
});

test('what the operator reads', async () => {
  const plan = await planExpire(repo, { redundancy: 2 });
  expect(expireText(plan, null, { width: 100, colour: false })).toMatchInlineSnapshot(`
    "cluster main · 2027-01-15 08:50:00 UTC · redundancy 2
    backup                 TL  verdict   taken                    because
    20260101T000000Z-test  1   would go  2027-01-15 08:02:00 UTC  2 newer are kept
    20260101T000001Z-test  1   would go  2027-01-15 08:10:00 UTC  2 newer are kept
    20260101T000002Z-test  1   kept      2027-01-15 08:18:00 UTC  among the newest 2
    20260101T000003Z-test  1   kept      2027-01-15 08:26:00 UTC  among the newest 2
    WAL of timeline 1: 4 files would go, 000000010000000000000002 to 000000010000000000000005 (744 B)
    no longer to be reached: timeline 1 from 0/2B0000 (2027-01-15 08:02:00 UTC) to 0/6B0000
    Nothing was changed. 2 backups and 2 kB would go."
  `);
  const done = await expire(repo, { redundancy: 2 }, 'me@here', () => undefined);
  expect(expireText(done.plan, done, { width: 100, colour: false }).split('\n').slice(-4)).toMatchInlineSnapshot(`
    [
      "20260101T000003Z-test  1   kept     2027-01-15 08:26:00 UTC  among the newest 2",
      "WAL of timeline 1: 4 files removed, 000000010000000000000002 to 000000010000000000000005 (744 B)",
      "not to be reached any more: timeline 1 from 0/2B0000 (2027-01-15 08:02:00 UTC) to 0/6B0000",
      "2 backups removed, 2 kB freed.",
    ]
  `);
});
