// A base backup into a repository in memory, from a stream that breaks, meets a full disk, is damaged, or is the second one.

import { createCipheriv } from 'node:crypto';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../src/drivers/clock.ts';
import { memoryStore, type MemoryStore } from '../../../src/drivers/memory-store.ts';
import { threadWorks } from '../../../src/drivers/works.ts';
import { Fault } from '../../../src/faults.ts';
import type { Backup, BackupFile } from '../../../src/repo/backup.ts';
import type { BackupNews } from '../../../src/repo/backup-news.ts';
import { type BackupOptions, takeBackup } from '../../../src/repo/base-backup.ts';
import { backupFiles, findBackup, listBackups, readCatalog, readManifest } from '../../../src/repo/catalog.ts';
import { takeLease } from '../../../src/repo/lease.ts';
import { findOrphans, removeOrphans } from '../../../src/repo/orphans.ts';
import { removable, removeBackup } from '../../../src/repo/remove-backup.ts';
import { type ClusterRepository, createRepository, inCluster } from '../../../src/repo/repository.ts';
import { type Played, playedReplication, walTakenForGranted } from '../../support/played-replication.ts';
import { contentsOf } from '../../support/reassemble.ts';
import { tarArchive, type TarMember } from '../../support/tar.ts';

const page = 8192;
const megabyte = 1024 ** 2;

let store: MemoryStore;
let repo: ClusterRepository;

beforeEach(async () => {
  store = memoryStore();
  repo = inCluster(await createRepository(store, threadWorks(), systemClock), 'main');
});

const usual: BackupOptions = { checkpoint: 'fast', from: 'node1', role: 'primary', wait: true, owner: 'me@here' };

async function take(
  played: Played,
  options: Partial<BackupOptions> = {},
  tell: (news: BackupNews) => void = () => undefined,
): Promise<Backup> {
  return takeBackup(repo, playedReplication(played), walTakenForGranted, { ...usual, ...options }, tell);
}

/** Bytes that do not compress, the same for the same seed. */
const noise = (length: number, seed: number): Buffer =>
  createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16)).update(Buffer.alloc(length));

const members: readonly TarMember[] = [
  { name: 'backup_label', content: Buffer.from('START WAL LOCATION: 0/2000028 (file 000000010000000000000002)\n') },
  { name: 'base/', type: '5', mode: 0o700 },
  { name: 'base/5/1', content: noise(3 * megabyte + 5 * page, 1) },
  { name: 'base/5/2', content: Buffer.alloc(2 * megabyte, 'compresses well ') },
  { name: 'empty', content: Buffer.alloc(0) },
  { name: 'mit Leerzeichen und ü', content: Buffer.from('x') },
  { name: Buffer.from([0x66, 0xfc, 0x72]), content: Buffer.from('latin1') },
  { name: 'global/pg_control', content: noise(page, 2) },
];
const base = tarArchive(members);
const space: readonly TarMember[] = [{ name: 'PG_15_202209061/5/9', content: noise(megabyte + 1, 3) }];

const nothingLeft = (): string[] =>
  [...store.things.keys()].filter(name => !/^(repository\.|clusters\/main\/cluster\.json)/.test(name));

test('every file comes back byte by byte, from the data directory and from tablespaces', async () => {
  const manifest = Buffer.from('{ "PostgreSQL-Backup-Manifest-Version": 1 }\n');
  const backup = await take({ base, tablespaces: { '16384': tarArchive(space) }, manifest });
  expect(backup).toMatchObject({
    status: 'ok',
    files: 8,
    role: 'primary',
    start: 0x2000028n,
    stop: 0x2000100n,
    tablespaces: [{ oid: '16384', name: null, location: '/space/16384' }],
  });
  expect(backup.id).toMatch(/^\d{8}T\d{6}Z-[a-z2-9]{4}$/);
  expect(await listBackups(repo)).toEqual([backup]);
  expect(await findBackup(repo, 'last')).toEqual(backup);
  const contents = await contentsOf(repo, backup);
  for (const { name, content, type } of [
    ...members,
    { ...space[0]!, name: `pg_tblspc/16384/${space[0]!.name as string}` },
  ]) {
    if (type !== '5') expect(contents.get(name.toString('latin1'))?.equals(content!), String(name)).toBe(true);
  }
  expect((await readManifest(repo, backup)).equals(manifest)).toBe(true);
  const directories: BackupFile[] = [];
  for await (const file of backupFiles(repo, backup)) if (file.kind === 'directory') directories.push(file);
  expect(directories).toMatchObject([{ path: 'base', mode: 0o700, blocks: [] }]);
});

test('the second backup stores what changed, and each of them stands alone', async () => {
  const first = await take({ base });
  const now = Buffer.from(members[2]!.content!);
  now.fill(0, 100 * page, 101 * page);
  const changed = members.map(member => (member.name === 'base/5/1' ? { ...member, content: now } : member));
  const second = await take({ base: tarArchive(changed) });
  expect(second.blocks).toMatchObject({ patched: 1, stored: 0, same: first.blocks.all - 1 });
  expect(second.added).toBeLessThan(page + 4000);
  const third = await take({ base });
  expect(third.blocks).toMatchObject({ patched: 0, stored: 0 });
  for (const [backup, content] of [
    [first, members[2]!.content!],
    [second, now],
    [third, members[2]!.content!],
  ] as const) {
    expect((await contentsOf(repo, backup)).get('base/5/1')!.equals(content)).toBe(true);
  }
});

test('whatever changes from one backup to the next, every one of them comes back', async () => {
  const step = fc.record({
    file: fc.constantFrom('a', 'b', 'c'),
    at: fc.nat(30),
    pages: fc.integer({ min: 1, max: 20 }),
    byte: fc.nat(255),
    length: fc.integer({ min: 1, max: 300 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { maxLength: 4 }), { minLength: 2, maxLength: 5 }), async rounds => {
      store = memoryStore();
      repo = inCluster(await createRepository(store, threadWorks(), systemClock), 'main');
      const state = new Map(['a', 'b', 'c'].map((name, seed) => [name, noise(150 * page, seed)]));
      const taken: { backup: Backup; files: Map<string, Buffer> }[] = [];
      for (const round of rounds) {
        for (const { file, at, pages, byte, length } of round) {
          const now = Buffer.alloc(length * page, 1);
          state.get(file)!.copy(now);
          now.fill(byte, Math.min(at, length) * page, Math.min(at + pages, length) * page);
          state.set(file, now);
        }
        const archive = tarArchive([...state].map(([name, content]) => ({ name, content })));
        taken.push({ backup: await take({ base: archive }), files: new Map(state) });
      }
      for (const { backup, files } of taken) {
        const contents = await contentsOf(repo, backup);
        for (const [name, content] of files) expect(contents.get(name)!.equals(content)).toBe(true);
      }
    }),
    { numRuns: 10 },
  );
});

test('a full disk at each tenth of the stream leaves nothing, and the next backup is whole', async () => {
  const whole = (await take({ base })).added;
  for (let tenth = 1; tenth < 10; tenth += 1) {
    store = memoryStore();
    repo = inCluster(await createRepository(store, threadWorks(), systemClock), 'main');
    store.room = (whole * tenth) / 10;
    await expect(take({ base })).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('no space left') as string,
    });
    store.room = Infinity;
    expect(await listBackups(repo)).toEqual([]);
    expect(nothingLeft()).toEqual([]);
    expect((await contentsOf(repo, await take({ base }))).get('base/5/1')!.equals(members[2]!.content!)).toBe(true);
  }
});

test('a connection that breaks, a standby promoted in between, an interruption: nothing is left', async () => {
  const promoted = new Fault('refused', 'the standby was promoted during online backup', { on: 'node2' });
  await expect(take({ base, breaks: { after: 2 * megabyte, with: promoted } })).rejects.toBe(promoted);
  expect(nothingLeft()).toEqual([]);
  const interruption = new AbortController();
  const at = (sent: number): void => {
    if (sent > 2 * megabyte) interruption.abort();
  };
  await expect(take({ base, at }, { stop: interruption.signal })).rejects.toMatchObject({ code: 'interrupted' });
  expect(nothingLeft()).toEqual([]);
  await expect(take({ base: base.subarray(0, 3 * megabyte) })).rejects.toMatchObject({
    message: expect.stringContaining('ends within "base/5/1"') as string,
  });
  expect(nothingLeft()).toEqual([]);
});

test('WAL that is not kept means no backup', async () => {
  const why = new Fault('failed', 'the WAL receiver was cut');
  const wal = { ...walTakenForGranted, kept: () => Promise.reject(why) };
  await expect(takeBackup(repo, playedReplication({ base }), wal, usual, () => undefined)).rejects.toBe(why);
  expect(nothingLeft()).toEqual([]);
});

test('a page checksum failure is kept for inspection, and the next backup does not build upon it', async () => {
  const failed = await take({ base, damaged: '1 total checksum verification failure' });
  expect(failed).toMatchObject({ status: 'failed', damaged: '1 total checksum verification failure' });
  expect((await contentsOf(repo, failed)).get('base/5/2')!.length).toBe(2 * megabyte);
  expect((await take({ base })).blocks).toMatchObject({ same: 0 });
});

test('another cluster under the same name is refused, and both sides are named', async () => {
  await take({ base });
  await expect(take({ base, systemId: '7999999999999999999' })).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringMatching(/7000000000000000001.*node1.*7999999999999999999/) as string,
  });
  expect(await listBackups(repo)).toHaveLength(1);
});

test('what a killed backup left goes with the next one, and not while another is being taken', async () => {
  const id = '20260101T000000Z-dead';
  await store.put(repo.names.pack(id, 0), Buffer.from('half'));
  await store.put(repo.names.files(id), Buffer.from('half'));
  const lease = await takeLease(repo, { kind: 'backup', id }, 'me@here');
  expect(await findOrphans(repo)).toEqual([]);
  await lease.release();
  const told: BackupNews[] = [];
  await take({ base }, {}, news => told.push(news));
  expect(told).toContainEqual({ is: 'cleared', things: 2, bytes: 8 });
  expect([...store.things.keys()].filter(name => name.includes(id))).toEqual([]);
});

test('nothing is cleared while a summary cannot be read: it may name anything', async () => {
  const backup = await take({ base });
  await store.put(repo.names.pack('20260101T000000Z-dead', 0), Buffer.from('half'));
  const summary = (await store.get(repo.names.summary(backup.id)))!;
  summary[summary.length - 20]! ^= 1;
  await store.put(repo.names.summary(backup.id), summary);
  expect(await readCatalog(repo)).toMatchObject({ backups: [], damaged: [{ id: backup.id }] });
  expect(await removeOrphans(repo)).toEqual([]);
});

test('what is damaged in the previous backup is stored anew', async () => {
  const first = await take({ base });
  const pack = repo.names.pack(first.id, 0);
  const bytes = (await store.get(pack))!;
  await store.put(pack, bytes.subarray(0, bytes.length - 3 * megabyte));
  const second = await take({ base });
  expect(second.blocks.stored).toBeGreaterThan(2);
  await store.remove(pack);
  const third = await take({ base });
  expect((await contentsOf(repo, third)).get('base/5/1')!.equals(members[2]!.content!)).toBe(true);
});

test('a backup that is removed leaves the packs in which others have blocks', async () => {
  const first = await take({ base });
  await expect(removable(repo, first)).rejects.toMatchObject({
    code: 'refused',
    message: expect.stringContaining('last one') as string,
  });
  const changed = [...members.slice(0, 2), { name: 'base/5/1', content: noise(megabyte, 9) }, ...members.slice(3)];
  const second = await take({ base: tarArchive(changed) });
  expect(await removable(repo, first)).toMatchObject({ staying: { packs: 1, for: [second.id] } });
  await removeBackup(repo, first);
  expect((await listBackups(repo)).map(({ id }) => id)).toEqual([second.id]);
  expect((await contentsOf(repo, second)).get('base/5/2')!.equals(members[3]!.content!)).toBe(true);
  const third = await take({ base: tarArchive([{ name: 'only', content: noise(megabyte, 10) }]) });
  await removeBackup(repo, second);
  expect(nothingLeft().filter(name => !name.includes(third.id))).toEqual([]);
});

test('a backup in use is not removed', async () => {
  const first = await take({ base });
  await take({ base });
  const lease = await takeLease(repo, { kind: 'restore', names: [first.id] }, 'you@there');
  await expect(removable(repo, first)).rejects.toMatchObject({
    message: expect.stringContaining('a restore of you@there') as string,
  });
  await lease.release();
  await expect(removable(repo, first)).resolves.toBeDefined();
});
