// The walker of WAL on pages made by hand: damage, records over pages and segments, and what a crash leaves. Real WAL is in test/lab.

import { expect, test } from 'vitest';
import { crc32c } from '../../../src/postgres/crc32c.ts';
import { lsn } from '../../../src/postgres/lsn.ts';
import { walkSegment, type WalkedSegment } from '../../../src/postgres/wal-records.ts';
import type { WalTail } from '../../../src/postgres/wal-walked.ts';

const size = 1024 ** 2;
const page = 8192;

interface Made {
  readonly manager: number;
  readonly info: number;
  readonly xid?: number;
  readonly data: Buffer;
}

const epoch = 946_684_800_000_000n;
const time = (micros: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(micros - epoch);
  return bytes;
};
const commit = (xid: number): Made => ({ manager: 1, info: 0, xid, data: time(1_800_000_000_000_000n + BigInt(xid)) });
const filler = (length: number): Made => ({ manager: 10, info: 0, data: Buffer.alloc(length, 7) });

/** WAL of as many segments as it takes, from 16 MB on. */
class Pages {
  readonly bytes = Buffer.alloc(4 * size);
  readonly base = 16n * BigInt(size);
  readonly places: number[] = [];
  at = 0;
  last = 0n;

  header(at: number, info: number, remaining = 0): void {
    const long = at % size === 0;
    const b = this.bytes;
    b.writeUInt16LE(0xd110, at);
    b.writeUInt16LE(info | (long ? 2 : 0), at + 2);
    b.writeUInt32LE(1, at + 4);
    b.writeBigUInt64LE(this.base + BigInt(at), at + 8);
    b.writeUInt32LE(remaining, at + 16);
    if (!long) return;
    b.writeBigUInt64LE(7_000_000_000_000_000_000n, at + 24);
    b.writeUInt32LE(size, at + 32);
    b.writeUInt32LE(page, at + 36);
  }

  headerSize = (at: number): number => (at % size === 0 ? 40 : 24);

  /** As much of it as `upTo` says: a server that crashed wrote no more. */
  put({ manager, info, xid = 0, data }: Made, upTo = Infinity): void {
    if (this.at % page === 0) {
      this.header(this.at, 0);
      this.at += this.headerSize(this.at);
    }
    const head = data.length < 256 ? Buffer.from([255, data.length]) : Buffer.from([254, 0, 0, 0, 0]);
    if (data.length >= 256) head.writeUInt32LE(data.length, 1);
    const record = Buffer.concat([Buffer.alloc(24), head, data]);
    record.writeUInt32LE(record.length, 0);
    record.writeUInt32LE(xid, 4);
    record.writeBigUInt64LE(this.last, 8);
    record[16] = info;
    record[17] = manager;
    record.writeUInt32LE(crc32c(Buffer.concat([record.subarray(24), record.subarray(0, 20)])), 20);
    this.places.push(this.at);
    this.last = this.base + BigInt(this.at);
    for (let done = 0; done < Math.min(record.length, upTo);) {
      if (this.at % page === 0) {
        this.header(this.at, 1, record.length - done);
        this.at += this.headerSize(this.at);
      }
      const piece = Math.min(page - (this.at % page), record.length - done);
      record.copy(this.bytes, this.at, done, done + piece);
      done += piece;
      this.at += piece;
    }
    this.at = (this.at + 7) & ~7;
  }

  walk(count = 4, bytes = this.bytes): WalkedSegment[] {
    const found: WalkedSegment[] = [];
    let tail: WalTail | null = null;
    for (let i = 0; i < count; i += 1) {
      const start = lsn(this.base + BigInt(i * size));
      found.push(walkSegment(bytes.subarray(i * size, (i + 1) * size), { start, segmentSize: size, tail }));
      tail = found.at(-1)!.tail;
    }
    return found;
  }
}

test('the checksum is that of RFC 3720', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
});

test('records over pages and over segments, at every distance from the border', () => {
  for (let before = 0; before <= 64; before += 8) {
    const pages = new Pages();
    while (pages.at < size - 1500) pages.put(filler(900));
    // The next one begins `before` bytes before the end of the segment.
    pages.put(filler(size - pages.at - before - 24 - 5));
    const at = pages.places.length;
    pages.put(commit(100 + before));
    pages.put(filler(2 * size));
    pages.put(commit(500));
    const walked = pages.walk();
    const ends = walked.flatMap(({ ends: all }, i) => all.map(one => ({ ...one, from: one.from + i * size })));
    expect(ends.map(({ xid }) => xid)).toEqual([100 + before, 500]);
    expect(ends[0]!.from).toBe(pages.places[at]);
    expect(ends[0]!.micros).toBe(1_800_000_000_000_100 + before);
    expect(walked.reduce((sum, { records }) => sum + records, 0)).toBe(pages.places.length);
    expect(walked.findLast(({ end }) => end !== null)!.end).toBe(pages.base + BigInt(pages.at));
  }
});

test('without the segment before it a record that began there is skipped, and said to be', () => {
  const pages = new Pages();
  pages.put(filler(size));
  pages.put(commit(7));
  const alone = walkSegment(pages.bytes.subarray(size, 2 * size), {
    start: lsn(pages.base + BigInt(size)),
    segmentSize: size,
  });
  expect(alone.skipped).toBe(true);
  expect(alone.ends.map(({ xid }) => xid)).toEqual([7]);
});

test('any byte of a record that is changed ends the WAL there', () => {
  const pages = new Pages();
  for (let i = 0; i < 40; i += 1) pages.put(i % 2 === 0 ? commit(i + 3) : filler(700));
  for (let at = 0; at < pages.at; at += 13) {
    const bytes = Buffer.from(pages.bytes.subarray(0, size));
    bytes[at]! ^= 0x10;
    const [first] = pages.walk(1, bytes);
    const record = pages.places.findLastIndex(place => place <= at);
    const header = at % page < 40;
    // The padding behind a record, and fields of a page's header that nothing depends on, may be anything.
    if (first!.records === pages.places.length) continue;
    expect(first!.records, `byte ${at}`).toBeLessThanOrEqual(header ? pages.places.length : record);
  }
});

test('a recycled segment: the pages of its former life are not taken for WAL', () => {
  const pages = new Pages();
  for (let i = 0; i < 20; i += 1) pages.put(commit(i + 3));
  const old = new Pages();
  for (let i = 0; i < 400; i += 1) old.put(filler(500));
  old.bytes.copy(pages.bytes, page, page, size);
  for (let at = page; at < size; at += page) pages.bytes.writeBigUInt64LE(BigInt(at), at + 8);
  const [first] = pages.walk(1);
  expect(first).toMatchObject({
    records: 20,
    end: pages.base + BigInt(pages.at),
    invalid: { why: 'nothing was written here yet' },
  });
});

test('a record that a crash cut off is overwritten by the next one', () => {
  const pages = new Pages();
  pages.put(commit(3));
  pages.put(filler(3 * page), page);
  pages.at = Math.ceil(pages.at / page) * page;
  pages.header(pages.at, 8);
  pages.at += 24;
  pages.last = pages.base + BigInt(pages.places[0]!);
  pages.put(commit(4));
  expect(pages.walk(1)[0]!.ends.map(({ xid }) => xid)).toEqual([3, 4]);
});

test('what follows a switch is empty, and the next segment is WAL again', () => {
  const pages = new Pages();
  pages.put(commit(3));
  pages.put({ manager: 0, info: 0x40, data: Buffer.alloc(0) });
  pages.at = size;
  pages.put(commit(4));
  const [first, second] = pages.walk(2);
  expect(first).toMatchObject({
    switched: pages.base + BigInt(pages.places[1]!),
    end: pages.base + BigInt(size),
    invalid: null,
  });
  expect(second!.ends.map(({ xid }) => xid)).toEqual([4]);
});

test('what is no WAL, and WAL of another PostgreSQL, is said to be that', () => {
  const why = (bytes: Buffer): string | undefined =>
    walkSegment(bytes, { start: lsn(16n * BigInt(size)), segmentSize: size }).invalid?.why;
  expect(why(Buffer.alloc(size))).toBe('the page is empty');
  const pages = new Pages();
  pages.put(commit(3));
  pages.bytes.writeUInt16LE(0xd120, 0);
  expect(why(pages.bytes.subarray(0, size))).toBe('page magic 0xD120 is of no PostgreSQL from 13 to 18');
});
