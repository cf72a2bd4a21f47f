// A repository in which one thing is not what was put there: verify names it, the backups that it spoils and the places that nobody reaches any more.

import { createCipheriv } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/drivers/clock.ts';
import { memoryStore, type MemoryStore } from '../../../src/drivers/memory-store.ts';
import { threadWorks } from '../../../src/drivers/works.ts';
import { type Lsn, lsn } from '../../../src/postgres/lsn.ts';
import { segmentName } from '../../../src/postgres/segment.ts';
import { type Timeline, timeline } from '../../../src/postgres/timeline.ts';
import type { Backup } from '../../../src/repo/backup.ts';
import { takeBackup } from '../../../src/repo/base-backup.ts';
import { listBackups, readBackup, readManifest } from '../../../src/repo/catalog.ts';
import type { Chosen } from '../../../src/repo/choose.ts';
import type { Finding } from '../../../src/repo/finding.ts';
import { identityOf } from '../../../src/repo/identity.ts';
import { keepBackup } from '../../../src/repo/keep.ts';
import { leases } from '../../../src/repo/lease.ts';
import { packRefs } from '../../../src/repo/pack-refs.ts';
import { Partial as Journal } from '../../../src/repo/partial.ts';
import { readProof, rememberProof } from '../../../src/repo/proof.ts';
import { type ClusterRepository, createRepository, inCluster, openRepository } from '../../../src/repo/repository.ts';
import { soundness } from '../../../src/repo/soundness.ts';
import { verify, type Verified, type VerifyOptions } from '../../../src/repo/verify.ts';
import { readSegment } from '../../../src/repo/wal-catalog.ts';
import { encodeIndex } from '../../../src/repo/wal-index.ts';
import { segmentsOf } from '../../../src/repo/wal-path.ts';
import { putHistory, putSegment } from '../../../src/repo/wal-put.ts';
import { type Instant, instant } from '../../../src/time.ts';
import { playedReplication, walTakenForGranted } from '../../support/played-replication.ts';
import { historyText, MB, walBytes } from '../../support/played-wal.ts';
import { contentsOf } from '../../support/reassemble.ts';
import { tarArchive, type TarMember } from '../../support/tar.ts';

const page = 8192;
const works = threadWorks();
const systemId = '7000000000000000001';
const passphrase = 'a passphrase of a test';
const [one, two] = [timeline(1), timeline(2)];
/** In segments: where the WAL of each timeline begins, forks and ends. */
const [begin, second, fork, end] = [0x20, 0x23, 0x24, 0x26];
const at = (segments: number, more = 0): Lsn => lsn(BigInt(segments * MB + more));
const forkAt = at(fork, MB / 2);
const timeAt = (segment: number): Instant => `2026-11-21T00:${String(segment - begin + 10)}:00Z` as Instant;

const noise = (length: number, seed: number): Buffer =>
  createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16)).update(Buffer.alloc(length));

const members: readonly TarMember[] = [
  { name: 'base/', type: '5', mode: 0o700 },
  { name: 'base/5/1', content: noise(2 * MB + 5 * page, 1) },
  { name: 'base/5/2', content: noise(MB + 40 * page, 2) },
  { name: 'base/5/3', content: Buffer.alloc(MB, 'compresses well ') },
  { name: 'global/pg_control', content: noise(page, 3) },
];

/** One file changed by a page, one wholly. */
const later = members.map((member, i) => {
  if (i !== 1 && i !== 4) return member;
  const content = Buffer.from(member.content!);
  content.fill(i, 0, i === 1 ? page : content.length);
  return { ...member, content };
});

const manifest = (start: string, stop: string): Buffer =>
  Buffer.from(
    `{ "PostgreSQL-Backup-Manifest-Version": 1,\n"Files": [],\n"WAL-Ranges": [\n{ "Timeline": 1, "Start-LSN": "${start}", "End-LSN": "${stop}" }\n],\n"Manifest-Checksum": "00"}\n`,
  );

async function fill(repo: ClusterRepository, tick: () => void): Promise<void> {
  const take = async (from: number, content: readonly TarMember[]): Promise<Backup> =>
    takeBackup(
      repo,
      playedReplication({
        base: tarArchive(content),
        systemId,
        segmentSize: MB,
        start: at(from, 0x28),
        stop: at(from, 0x100),
        manifest: manifest(`0/${from.toString(16)}00028`, `0/${from.toString(16)}00100`),
      }),
      walTakenForGranted,
      { checkpoint: 'fast', from: 'node1', role: 'primary', wait: true, owner: 'me@here' },
      () => undefined,
    );
  await take(begin, members);
  tick();
  await take(second, later);
  const forks = [{ line: 2, at: forkAt }];
  const wal = (line: Timeline, from: Lsn, to: Lsn): Buffer =>
    walBytes(line, from, to, { systemId: BigInt(systemId), forks: line === two ? forks : [] });
  const grow = async (line: Timeline, from: number, to: number): Promise<void> => {
    for (let segment = from; segment < to; segment += 1) {
      const name = segmentName(line, at(segment), MB);
      await putSegment(repo, name, wal(line, at(segment), at(segment + 1)));
      await repo.vault.put(repo.names.index(name), 'index', index(name, segment));
    }
    const partial = await Journal.open(repo, segmentName(line, at(to), MB), at(to));
    for (let piece = 0; piece < 5; piece += 1)
      await partial.append(wal(line, at(to, piece * 10_000), at(to, (piece + 1) * 10_000)));
    await partial.close();
  };
  await grow(one, begin, end);
  await putHistory(repo, two, Buffer.from(historyText(forks)));
  await grow(two, fork, end);
  const [first] = await listBackups(repo);
  await keepBackup(repo, first!, { reason: 'a test', by: 'me@here' });
  await rememberProof(repo, first!.id, { at: timeAt(second), how: 'restore', ok: true, what: 'all' });
}

function index(name: string, segment: number): Buffer {
  const [from, to] = [at(segment, 100), at(segment, 200)];
  const last = { xid: segment, committed: true, lsn: from, end: to, time: timeAt(segment) };
  const times = { min: last.time, max: last.time };
  return encodeIndex({
    segment: name,
    last: from,
    end: to,
    ends: 1,
    commits: 1,
    mayDrop: 0,
    highest: segment,
    firstEnd: last,
    lastEnd: last,
    times,
    xids: { min: segment, max: segment },
    restorePoints: [],
    invalid: null,
    tail: null,
  });
}

const filled = new Map<boolean, ReadonlyMap<string, Buffer>>();
let store: MemoryStore;
let repo: ClusterRepository;
let backups: readonly Backup[];

beforeAll(async () => {
  for (const encrypted of [false, true]) {
    const first = memoryStore();
    // Ids of backups bear the second in which they were begun.
    let now = Date.parse(timeAt(begin));
    const clock = { ...systemClock, now: () => instant(new Date(now)) };
    const made = await createRepository(first, works, clock, encrypted ? [{ passphrase }] : []);
    await fill(inCluster(made, 'main'), () => void (now += 3_600_000));
    filled.set(encrypted, first.things);
  }
}, 120_000);

const opened = new Map<boolean, { store: MemoryStore; repo: ClusterRepository; backups: readonly Backup[] }>();

/** As it was at first. */
async function open(encrypted: boolean): Promise<void> {
  const things = filled.get(encrypted)!;
  const before = opened.get(encrypted);
  if (before) {
    ({ store, repo, backups } = before);
    for (const [name, content] of store.things) {
      if (!things.has(name)) await store.remove(name);
      else if (!content.equals(things.get(name)!)) await store.put(name, things.get(name)!);
    }
    for (const [name, content] of things) await store.putIfAbsent(name, content);
    return;
  }
  store = memoryStore();
  store.clock = () => Date.now();
  for (const [name, content] of things) await store.put(name, content);
  repo = inCluster(await openRepository(store, works, systemClock, encrypted ? { passphrase } : undefined), 'main');
  backups = await listBackups(repo);
  opened.set(encrypted, { store, repo, backups });
}

beforeEach(() => open(false));

const run = (options: Partial<VerifyOptions> = {}): Promise<Verified> =>
  verify(repo, { owner: 'me@here', ...options }, () => undefined, new AbortController().signal);

const objects = (): string[] =>
  [...store.things.keys()].filter(name => name.startsWith(repo.names.root) && !name.startsWith(repo.names.leases));

/** The same each time. */
function dice(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return below => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

async function flip(name: string, byte: number, bit: number): Promise<void> {
  const content = Buffer.from(store.things.get(name)!);
  expect(byte).toBeLessThan(content.length);
  content[byte] = content[byte]! ^ (1 << bit);
  await store.put(name, content);
}

/** Backups that cannot be had as a whole, by trying. */
async function spoiledByTrial(): Promise<string[]> {
  const spoiled: string[] = [];
  for (const { id, timeline: line, start, stop } of backups) {
    try {
      const backup = await readBackup(repo, id);
      await contentsOf(repo, backup!);
      await readManifest(repo, backup!);
      for (const name of segmentsOf({ timeline: line, from: start, to: stop }, MB))
        if (!(await readSegment(repo, name))) throw new Error('missing');
      if (!(await identityOf(repo))) throw new Error('missing');
    } catch {
      spoiled.push(id);
    }
  }
  return spoiled;
}

/** What is lost when this segment is. */
function lostWith(name: string): { timeline: number; from: bigint; to: bigint }[] {
  const [line, segment] = [Number(name.slice(0, 8)), Number(`0x${name.slice(16)}`)];
  const partialEnd = at(end, 50_000);
  if (line === 2) return [{ timeline: 2, from: segment === fork ? forkAt : at(segment), to: partialEnd }];
  const next = segment < second ? at(second, 0x100) : partialEnd;
  const from = segment === begin ? at(begin, 0x100) : segment === second ? at(second) : at(segment);
  return [{ timeline: 1, from, to: next }, ...(segment >= second ? linesBehind(segment) : [])];
}

/** Timeline 2 begins within segment `fork`, of which it has a copy of its own. */
const linesBehind = (segment: number): { timeline: number; from: bigint; to: bigint }[] =>
  segment < fork ? [{ timeline: 2, from: forkAt, to: at(end, 50_000) }] : [];

const places = ({ lost }: Finding) => lost.map(({ timeline: line, from, to }) => ({ timeline: line, from, to }));

describe.each([false, true])('encrypted: %s', encrypted => {
  beforeEach(() => open(encrypted));

  test('a healthy repository yields nothing, and every backup is proven', async () => {
    const found = await run();
    expect(found.findings).toEqual([]);
    expect(found.orphans).toEqual([]);
    expect(found.backups.map(({ ok }) => ok)).toEqual([true, true]);
    expect(found.read.bytes).toBeGreaterThan(3 * MB);
    for (const { id } of backups) expect(await readProof(repo, id)).toMatchObject({ how: 'read', ok: true });
    expect(await leases(repo)).toEqual([]);
    expect((await run()).findings).toEqual([]);
  });

  test('a bit flipped anywhere in any object: that one is named and no other, with the backups that it spoils', async () => {
    const roll = dice(encrypted ? 11 : 7);
    const all = objects();
    expect(new Set(all.map(name => name.split('/')[2])).size).toBe(8);
    for (const name of all) {
      const times = name.includes('/packs/') ? 3 : 1;
      for (let time = 0; time < times; time += 1) {
        await open(encrypted);
        const size = store.things.get(name)!.length;
        const [byte, bit] = [time === 0 ? size - 1 : roll(size), roll(8)];
        await flip(name, byte, bit);
        const { findings } = await run();
        const said = `${name}, byte ${byte} of ${size}, bit ${bit}`;
        expect(
          findings.map(({ object }) => object),
          said,
        ).toEqual([name]);
        const [finding] = findings;
        expect(
          finding!.backups.map(({ id }) => id),
          said,
        ).toEqual(await spoiledByTrial());
        expect(finding).toMatchObject({ missing: false, orphan: false });
        expect(finding!.harmless === null, said).toBe(finding!.backups.length + finding!.lost.length > 0);
      }
    }
  }, 120_000);
});

test('a damaged segment: what cannot be reached from its beginning to the stop point of the next backup, with the times', async () => {
  const [first] = backups;
  for (const name of objects().filter(object => /\/wal\/.*[0-9A-F]$/.test(object))) {
    await open(false);
    await flip(name, 1000, 3);
    const [finding] = (await run()).findings;
    const segment = name.slice(-24);
    const expected = lostWith(segment);
    if (segment.endsWith(second.toString(16))) {
      // The second backup cannot be made consistent, and the first one gets no further than here.
      expect(finding!.backups).toMatchObject([{ id: backups[1]!.id, blocks: null }]);
    }
    expect(places(finding!), segment).toEqual(expected);
  }
  await open(false);
  const middle = segmentName(one, at(begin + 1), MB);
  await flip(repo.names.segment(middle), 500, 0);
  const [{ lost }] = (await run()).findings as [Finding];
  expect(lost).toMatchObject([{ after: timeAt(begin), until: backups[1]!.stopped, since: first!.stopped }]);
});

test('of an unfinished segment what comes before the damage is not lost', async () => {
  const name = repo.names.partial(segmentName(two, at(end), MB));
  const size = store.things.get(name)!.length;
  await flip(name, Math.floor(size / 2), 1);
  const [finding] = (await run()).findings;
  expect(finding!.object).toBe(name);
  expect(places(finding!)).toEqual([{ timeline: 2, from: at(end, 20_000), to: at(end, 50_000) }]);
});

test('a pack: of each backup the files, and what can be reached with the other one only', async () => {
  const [first, last] = backups;
  const refs = await packRefs(repo, backups, new Set(first!.packs), () => undefined);
  const pack = first!.packs[0]!;
  const base = refs.get(pack)!.find(({ offset }) => offset === 44)!;
  await flip(pack, base.offset + 200, 1);
  let [finding] = (await run()).findings;
  expect(finding!.backups).toEqual([
    { id: first!.id, blocks: 1, files: ['base/5/1'], moreFiles: 0 },
    // The block of the second one is a patch upon this one.
    { id: last!.id, blocks: 1, files: ['base/5/1'], moreFiles: 0 },
  ]);
  expect(places(finding!)).toEqual([
    { timeline: 1, from: at(begin, 0x100), to: at(end, 50_000) },
    { timeline: 2, from: forkAt, to: at(end, 50_000) },
  ]);
  expect(await readProof(repo, first!.id)).toMatchObject({ ok: false, well: { restore: timeAt(second) } });

  await open(false);
  const own = last!.packs.find(name => name.includes(last!.id))!;
  await flip(own, store.things.get(own)!.length - 1, 1);
  [finding] = (await run()).findings;
  expect(finding!.backups.map(({ id }) => id)).toEqual([last!.id]);
  // The first backup leads there as well.
  expect(finding!.lost).toEqual([]);
});

test('what is not there: lists, manifests, packs, segments, histories and the identity', async () => {
  for (const name of objects()) {
    if (/\/(?:index|proofs|kept|wal\/.*\.partial|backups\/[^/]*\/backup$)/.test(name)) continue;
    await open(false);
    await store.remove(name);
    const { findings } = await run();
    expect(
      findings.map(({ object, missing }) => [object, missing]),
      name,
    ).toEqual([[name, true]]);
    if (!/\/(?:wal|history)\//.test(name))
      expect(
        findings[0]!.backups.map(({ id }) => id),
        name,
      ).toEqual(await spoiledByTrial());
  }
});

test('a summary that is gone: its marked backup is named, else all that it had is told as belonging to nobody', async () => {
  const [first, last] = backups;
  await store.remove(repo.names.summary(first!.id));
  const { findings } = await run();
  expect(findings).toMatchObject([
    { object: repo.names.summary(first!.id), missing: true, backups: [{ id: first!.id }] },
  ]);
  expect(places(findings[0]!)).toEqual([{ timeline: 1, from: at(begin, 0x100), to: at(second, 0x100) }]);
  await open(false);
  await store.remove(repo.names.summary(last!.id));
  const found = await run();
  expect(found.findings).toEqual([]);
  expect(found.orphans.map(({ name }) => name)).toEqual(
    expect.arrayContaining([repo.names.files(last!.id), repo.names.manifest(last!.id)]),
  );
});

test('damage in what nobody names is told apart, and so are things under strange names', async () => {
  const pack = repo.names.pack('20200101T000000Z-gone', 0);
  await store.put(pack, Buffer.from('no pack at all'));
  await store.put(`${repo.names.root}notes.txt`, Buffer.from('x'));
  const { findings, orphans, backups: proven } = await run();
  expect(findings).toMatchObject([{ object: pack, orphan: true, backups: [], lost: [] }]);
  expect(orphans.map(({ name }) => name).sort()).toEqual([`${repo.names.root}notes.txt`, pack]);
  expect(proven.every(({ ok }) => ok)).toBe(true);
});

test('packs of a backup that is being taken are left alone', async () => {
  const id = '20270101T000000Z-live';
  await store.put(
    repo.names.lease('backup', id),
    Buffer.from(JSON.stringify({ nonce: 'x', names: [], id, kind: 'backup' })),
  );
  await store.put(repo.names.pack(id, 0), Buffer.from('half'));
  expect(await run()).toMatchObject({ findings: [], orphans: [] });
});

test('cut off anywhere: named, with the backups', async () => {
  const roll = dice(3);
  for (const name of objects().filter(object => !object.endsWith('.partial'))) {
    await open(false);
    const size = store.things.get(name)!.length;
    await store.put(name, store.things.get(name)!.subarray(0, roll(size)));
    const { findings } = await run();
    expect(
      findings.map(({ object }) => object),
      name,
    ).toEqual([name]);
    expect(
      findings[0]!.backups.map(({ id }) => id),
      name,
    ).toEqual(await spoiledByTrial());
  }
}, 60_000);

test('only one backup: what it needs and nothing else', async () => {
  const [first, last] = backups;
  const own = last!.packs.find(name => name.includes(last!.id))!;
  await flip(own, store.things.get(own)!.length - 1, 1);
  expect((await run({ only: [first!.id] })).findings).toEqual([]);
  expect(await readProof(repo, last!.id)).toBeUndefined();
  const found = await run({ only: [last!.id] });
  expect(found.findings).toMatchObject([{ object: own, backups: [{ id: last!.id }] }]);
  expect(found.read.bytes).toBeLessThan((await run()).read.bytes);
});

test('samples: a share each, together everything', async () => {
  const refs = await packRefs(repo, backups, new Set(backups[0]!.packs), () => undefined);
  const [pack, all] = [...refs][0]!;
  await flip(pack, all[1]!.offset + 100, 5);
  const segment = repo.names.segment(segmentName(one, at(begin + 2), MB));
  await flip(segment, 300, 5);
  const found: string[][] = [];
  let blocks = 0;
  for (let time = 0; time < 4; time += 1) {
    const { findings, share, read } = await run({ sample: 0.25 });
    expect(share).toEqual({ number: time, of: 4 });
    found.push(findings.map(({ object }) => object));
    blocks += read.blocks;
  }
  // A block is met where it lies, and where something is patched upon it.
  expect([...new Set(found.flat())].sort()).toEqual([pack, segment].sort());
  expect((await run({ sample: 0.25 })).share).toEqual({ number: 0, of: 4 });
  expect(blocks).toBe((await run()).read.blocks);
});

test('references that do not fit into memory at once are read in several rounds', async () => {
  const packs = new Set(backups.flatMap(backup => backup.packs));
  const whole = await packRefs(repo, backups, packs, () => undefined);
  const some = await packRefs(repo, backups, packs, () => undefined, 2);
  expect([...some.keys()]).toEqual([...whole.keys()].slice(0, 1));
  expect(some.get([...some.keys()][0]!)).toEqual(whole.get([...some.keys()][0]!));
});

test('interrupted: nothing is remembered, and the lease is gone', async () => {
  const stop = new AbortController();
  const tell = (): void => stop.abort();
  await expect(verify(repo, { owner: 'me@here' }, tell, stop.signal)).rejects.toMatchObject({ code: 'interrupted' });
  expect(await readProof(repo, backups[1]!.id)).toBeUndefined();
  expect(await leases(repo)).toEqual([]);
});

describe('before a way back', () => {
  const name = segmentName(one, at(second), MB);
  const sound = (read?: Set<string>, segments = [{ name, timeline: one, partial: false }]) =>
    soundness(repo, { backup: backups[0]!, segments } as unknown as Chosen, read);

  test('the backup and its WAL are read to their end', async () => {
    expect(await sound()).toMatchObject({ ok: true, what: expect.stringMatching(/of it were read$/) as string });
  });

  test('what was read is not read again when one segment more is looked for', async () => {
    const read = new Set<string>();
    await sound(read);
    await store.remove(backups[0]!.packs[0]!);
    const absent = segmentName(one, at(end + 1), MB);
    expect((await sound(read)).ok).toBe(true);
    expect((await sound()).ok).toBe(false);
    expect(await sound(read, [{ name: absent, timeline: one, partial: false }])).toMatchObject({
      ok: false,
      what: expect.stringContaining('is not there') as string,
    });
  });

  test('a bit of a pack or of a segment is found, and a segment that is gone', async () => {
    const [pack = ''] = backups[0]!.packs;
    const segment = repo.names.segment(name);
    for (const object of [pack, segment]) {
      await open(false);
      await flip(object, store.things.get(object)!.length >> 1, 3);
      expect(await sound()).toMatchObject({ ok: false, what: expect.stringContaining(object) as string });
    }
    await open(false);
    await store.remove(segment);
    expect(await sound()).toEqual({ ok: false, what: expect.stringContaining('is not there') as string });
  });
});
