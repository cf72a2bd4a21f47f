// Putting WAL files, and what is kept then: the same again, other bytes, other servers, files that are cut short.

import { beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/drivers/clock.ts';
import { memoryStore, type MemoryStore } from '../../../src/drivers/memory-store.ts';
import { threadWorks } from '../../../src/drivers/works.ts';
import { lsn } from '../../../src/postgres/lsn.ts';
import { segmentName } from '../../../src/postgres/segment.ts';
import { timeline } from '../../../src/postgres/timeline.ts';
import { dropFinishedPartials } from '../../../src/repo/finished-partials.ts';
import { takeLease } from '../../../src/repo/lease.ts';
import { Partial } from '../../../src/repo/partial.ts';
import { receiverLease } from '../../../src/repo/receiver-lease.ts';
import { type ClusterRepository, createRepository, inCluster } from '../../../src/repo/repository.ts';
import { gapsOf, readPartial, readSegment, walKept } from '../../../src/repo/wal-catalog.ts';
import { putHistory, putSegment } from '../../../src/repo/wal-put.ts';
import { putPartial } from '../../../src/repo/wal-put-partial.ts';
import { MB, walBytes } from '../../support/played-wal.ts';

let store: MemoryStore;
let repo: ClusterRepository;

beforeEach(async () => {
  store = memoryStore();
  repo = inCluster(await createRepository(store, threadWorks(), systemClock), 'main');
});

const name = (at: number, line = 1): string => segmentName(timeline(line), lsn(BigInt(at * MB)), MB);
const bytes = (at: number, line = 1, systemId = 7n): Buffer =>
  walBytes(line, BigInt(at * MB), BigInt((at + 1) * MB), { systemId, forks: line === 1 ? [] : [{ at: 0n, line }] });
const quarantined = (): string[] => [...store.things.keys()].filter(thing => thing.includes('/quarantine/'));

describe('a segment', () => {
  it('is put, and the same again is no error', async () => {
    expect(await putSegment(repo, name(3), bytes(3))).toBe('put');
    expect(await putSegment(repo, name(3), bytes(3))).toBe('same');
    expect((await readSegment(repo, name(3)))?.equals(bytes(3))).toBe(true);
  });

  it('with other bytes lies in the quarantine, once, however often it is tried', async () => {
    await putSegment(repo, name(3), bytes(3));
    const other = bytes(3);
    other[5000]! ^= 1;
    for (let i = 0; i < 3; i += 1) expect(await putSegment(repo, name(3), other)).toBe('quarantined');
    expect(quarantined()).toHaveLength(1);
    expect((await repo.vault.get(quarantined()[0]!, 'segment'))?.equals(other)).toBe(true);
    expect((await readSegment(repo, name(3)))?.equals(bytes(3))).toBe(true);
  });

  it('that is damaged in the repository is mended by the same bytes, and what was there is kept', async () => {
    await putSegment(repo, name(3), bytes(3));
    const kept = Buffer.from(store.things.get(repo.names.segment(name(3)))!);
    kept[kept.length >> 1]! ^= 1;
    await store.put(repo.names.segment(name(3)), kept);
    expect(await putSegment(repo, name(3), bytes(3))).toBe('put');
    expect((await readSegment(repo, name(3)))?.equals(bytes(3))).toBe(true);
    expect(store.things.get(quarantined()[0]!)).toEqual(kept);
  });

  it.each<[string, string, Buffer, RegExp]>([
    ['another system', name(4), bytes(4, 1, 8n), /system identifier 7, and .* has system identifier 8/],
    ['another place', name(4), bytes(5), /another place, 0\/500000/],
    ['a newer timeline than its name', name(4), bytes(4, 2), /timeline 2, its name says 1/],
    ['another size', name(4), bytes(4).subarray(0, MB - 1), /1048575 bytes/],
    ['nothing', name(4), Buffer.alloc(0), /0 bytes/],
    ['zeros', name(4), Buffer.alloc(MB), /the page is empty/],
  ])('of %s is refused', async (_what, as, content, says) => {
    await putSegment(repo, name(3), bytes(3));
    const before = store.things;
    await expect(putSegment(repo, as, content, 'pg_wal/x')).rejects.toThrow(says);
    expect(store.things).toEqual(before);
  });
});

describe('a history file', () => {
  const text = Buffer.from('1\t0/30000A0\tno recovery target specified\n');

  it('is put, and the same again is no error', async () => {
    expect(await putHistory(repo, timeline(10), text)).toBe('put');
    expect(await putHistory(repo, timeline(10), text)).toBe('same');
    expect(repo.names.history(timeline(10))).toMatch(/0000000A\.history$/);
    expect(await putHistory(repo, timeline(10), Buffer.from(`# ours\n${text.toString()}`))).toBe('quarantined');
  });

  it('is refused where it was cut short at any byte, or is that of timeline 1', async () => {
    for (let length = 0; length < text.length; length += 1) {
      await expect(putHistory(repo, timeline(2), text.subarray(0, length))).rejects.toThrow(
        'no whole timeline history',
      );
    }
    await expect(putHistory(repo, timeline(1), text)).rejects.toThrow('no whole timeline history');
  });
});

describe('the archived end of a timeline', () => {
  const own = { who: '"x"', owner: 'me' };
  /** As a promoted server leaves it: its own pages, then those of the segment that it was before. */
  const archived = (length: number): Buffer => {
    const file = bytes(1).fill(0, length);
    bytes(9).copy(file, (Math.floor(length / 8192) + 1) * 8192, 500_000, 600_000);
    walBytes(1, BigInt(9 * MB), BigInt(9 * MB + 8192)).copy(file, (Math.floor(length / 8192) + 1) * 8192);
    return file;
  };

  it('is kept up to where its pages are its own', async () => {
    expect(await putPartial(repo, name(1), archived(20_000), own)).toBe('put');
    expect((await readPartial(repo, name(1)))!.end - BigInt(MB)).toBe(20_000n);
    expect(await putPartial(repo, name(1), archived(20_000), own)).toBe('same');
  });

  it('is joined to what a receiver has kept, never shortens it, and waits for one that is at work', async () => {
    await putSegment(repo, name(0), bytes(0));
    const partial = await Partial.open(repo, name(1), lsn(BigInt(MB)));
    await partial.append(bytes(1).subarray(0, 30_000));
    await partial.close();
    expect(await putPartial(repo, name(1), archived(20_000), own)).toBe('same');
    const lease = await takeLease(repo, receiverLease, 'me');
    await expect(putPartial(repo, name(1), archived(40_000), own)).rejects.toThrow('another receive');
    await lease.release();
    expect(await putPartial(repo, name(1), archived(40_000), own)).toBe('put');
    expect((await readPartial(repo, name(1)))!.bytes.subarray(0, 40_000).equals(bytes(1).subarray(0, 40_000))).toBe(
      true,
    );
    const other = archived(40_000);
    other[100]! ^= 1;
    expect(await putPartial(repo, name(1), other, own)).toBe('quarantined');
  });
});

describe('what is kept', () => {
  it('is told in stretches, with gaps between them', async () => {
    for (const at of [1, 2, 4]) await putSegment(repo, name(at), bytes(at));
    await putSegment(repo, name(4, 2), bytes(4, 2));
    const partial = await Partial.open(repo, name(5), lsn(BigInt(5 * MB)));
    await partial.append(bytes(5).subarray(0, 1000));
    await partial.close();
    const kept = await walKept(repo);
    expect(
      kept.stretches.map(({ timeline: line, from, to, partial: last }) => [line, Number(from) / MB, Number(to), last]),
    ).toEqual([
      [1, 1, 3 * MB, null],
      [1, 4, 5 * MB + 1000, name(5)],
      [2, 4, 5 * MB, null],
    ]);
    expect(gapsOf(kept)).toEqual([{ timeline: 1, from: BigInt(3 * MB), to: BigInt(4 * MB) }]);
  });

  it('has no journal of a segment that is whole, once a receiver has been at work', async () => {
    const partial = await Partial.open(repo, name(3), lsn(BigInt(3 * MB)));
    await partial.append(bytes(3).subarray(0, 1000));
    await partial.close();
    await putSegment(repo, name(3), bytes(3));
    expect((await walKept(repo)).stretches).toMatchObject([{ to: BigInt(4 * MB), partial: null }]);
    expect(await dropFinishedPartials(repo)).toEqual([name(3)]);
    expect([...store.things.keys()].filter(thing => thing.endsWith('.partial'))).toEqual([]);
  });
});
