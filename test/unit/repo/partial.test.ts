// The journal of an unfinished segment: cut anywhere, cut short by a power cut, damaged anywhere.

import fc from 'fast-check';
import { beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../../src/drivers/clock.ts';
import { memoryStore, type MemoryStore } from '../../../src/drivers/memory-store.ts';
import { threadWorks } from '../../../src/drivers/works.ts';
import { lsn } from '../../../src/postgres/lsn.ts';
import { Damage } from '../../../src/repo/damage.ts';
import { claimCluster } from '../../../src/repo/identity.ts';
import { journalEnd, Partial } from '../../../src/repo/partial.ts';
import type { Store } from '../../../src/repo/store.ts';
import { type ClusterRepository, createRepository, inCluster } from '../../../src/repo/repository.ts';
import { readPartial } from '../../../src/repo/wal-catalog.ts';
import { MB, walBytes } from '../../support/played-wal.ts';

const name = '000000010000000000000003';
const start = lsn(3n * BigInt(MB));

let store: MemoryStore;
let repo: ClusterRepository;
let object: string;

beforeEach(async () => {
  store = memoryStore();
  repo = inCluster(await createRepository(store, threadWorks(), systemClock), 'main');
  await claimCluster(repo, { systemId: '7', major: 15, segmentSize: MB }, 'node1');
  object = repo.names.partial(name);
});

/** Pieces of these lengths, one acknowledged after the other; where the journal ended after each. */
async function written(lengths: readonly number[]): Promise<{ wal: Buffer; ends: { journal: number; wal: number }[] }> {
  const wal = walBytes(1, start, start + BigInt(lengths.reduce((a, b) => a + b, 0)));
  const partial = await Partial.open(repo, name, start);
  const ends = [];
  let at = 0;
  for (const length of lengths) {
    await partial.append(wal.subarray(at, at + length));
    at += length;
    ends.push({ journal: store.things.get(object)!.length, wal: at });
  }
  await partial.close();
  return { wal, ends };
}

const lengths = fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 6 });

it('has at every point where it may be cut all that was acknowledged before', async () => {
  const { wal, ends } = await written([20, 30, 1]);
  const whole = store.things.get(object)!;
  for (let cut = 0; cut <= whole.length; cut += 1) {
    await store.put(object, whole.subarray(0, cut));
    const kept = ends.filter(({ journal }) => journal <= cut).at(-1)?.wal ?? 0;
    const read = await readPartial(repo, name);
    expect(Number(read!.end - start), `cut at ${String(cut)}`).toBe(kept);
    expect(read!.bytes.subarray(0, kept).equals(wal.subarray(0, kept))).toBe(true);
    expect(read!.bytes.subarray(kept).equals(Buffer.alloc(MB - kept))).toBe(true);
    expect(await journalEnd(repo, object, start)).toBe(read!.end);
  }
});

it('that grows while it is read is no damaged one, however little comes at a time', async () => {
  const { wal } = await written([20, 300, 1, 500, 2000]);
  const whole = store.things.get(object)!;
  for (const step of [5, 60, 600]) {
    let size = 0;
    const growing: Store = {
      ...store,
      getRange: (thing, offset, length) => {
        if (thing !== object) return store.getRange(thing, offset, length);
        size = Math.min(whole.length, size + step);
        return Promise.resolve(whole.subarray(0, size).subarray(offset, offset + length));
      },
    };
    let had = 0;
    while (size < whole.length) {
      const { bytes, end } = (await readPartial({ ...repo, store: growing }, name))!;
      const length = Number(end - start);
      expect(length).toBeGreaterThanOrEqual(had);
      expect(bytes.subarray(0, length).equals(wal.subarray(0, length))).toBe(true);
      had = length;
    }
  }
});

it('goes on behind what is whole, wherever it was cut', () =>
  fc.assert(
    fc.asyncProperty(lengths, fc.nat(), fc.integer({ min: 1, max: 5000 }), async (pieces, where, more) => {
      await store.remove(object);
      const { ends } = await written(pieces);
      const whole = store.things.get(object)!;
      const cut = where % (whole.length + 1);
      await store.put(object, whole.subarray(0, cut));
      const kept = ends.filter(({ journal }) => journal <= cut).at(-1)?.wal ?? 0;

      const again = await Partial.open(repo, name, start);
      expect(again.kept.length).toBe(kept);
      expect(again.damaged).toBeUndefined();
      await again.append(walBytes(1, again.end, again.end + BigInt(more)));
      await again.close();

      const read = await readPartial(repo, name);
      expect(Number(read!.end - start)).toBe(kept + more);
      expect(read!.bytes.subarray(0, kept + more).equals(walBytes(1, start, read!.end))).toBe(true);
    }),
    { numRuns: 60 },
  ));

it('keeps what was acknowledged through a power cut, whatever of the rest the disk had taken', () =>
  fc.assert(
    fc.asyncProperty(lengths, fc.nat(), async (pieces, luck) => {
      await store.remove(object);
      const { wal } = await written(pieces);
      const growing = await Partial.open(repo, name, start);
      store.trouble = doing => (doing === 'sync' ? (new Error('pulled') as never) : undefined);
      await expect(growing.append(Buffer.alloc(5000, 'x'))).rejects.toThrow('pulled');
      store.trouble = undefined;
      store.powerCut(unsynced => (unsynced === 0 ? 0 : luck % unsynced));
      const read = await readPartial(repo, name);
      expect(Number(read!.end - start)).toBe(wal.length);
    }),
    { numRuns: 40 },
  ));

it('takes zeros behind its end, which a power cut leaves on some file systems, for nothing', async () => {
  const { wal } = await written([1000, 2000]);
  await store.put(object, Buffer.concat([store.things.get(object)!, Buffer.alloc(70_000)]));
  expect(Number((await readPartial(repo, name))!.end - start)).toBe(wal.length);
});

it('never passes off damage as a torn end: reading fails, and writing puts a copy aside first', async () => {
  const { ends } = await written([1000, 2000, 3000]);
  const whole = store.things.get(object)!;
  const [first] = ends;
  for (let at = first!.journal; at < ends[1]!.journal; at += 211) {
    const flipped = Buffer.from(whole);
    flipped[at]! ^= 4;
    await store.put(object, flipped);
    await expect(readPartial(repo, name), `bit flipped at ${String(at)}`).rejects.toThrow(Damage);
    const again = await Partial.open(repo, name, start);
    expect(again.kept.length).toBe(1000);
    expect(store.things.get(again.damaged!)).toEqual(flipped);
    await again.close();
  }
});

it('is not read as the journal of another segment', async () => {
  await written([1000]);
  await store.put(repo.names.partial('000000010000000000000004'), store.things.get(object)!);
  await expect(readPartial(repo, '000000010000000000000004')).rejects.toThrow('another name');
});
