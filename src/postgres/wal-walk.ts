// Walks the records of WAL (access/xlogrecord.h), proves each by its CRC-32C, shows those that are asked for, and finds where valid WAL ends.
/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes into typed arrays that were checked just before */

import { crc32cEnd, crc32cMore, crc32cStart, wordsOf } from './crc32c.ts';
import { type Lsn, lsn } from './lsn.ts';
import { recordHeader } from './wal-meaning.ts';
import { readWalPage, type WalPage, walPageSize } from './wal-page-header.ts';
import type { Visitor, Walked, WalPlace } from './wal-walked.ts';
import { xidAfter } from './xid.ts';

/**
 * Reads a segment, or the beginning of one. Pure; 2 to 4 ms per MiB. `bytes` may be shorter than the segment; what lies behind
 * the last record (zeros, or the former content of a recycled file) is told from WAL by the page's address, the record's
 * pointer to the one before it, and its checksum, as xlogreader.c does.
 */
export function walkWal(bytes: Buffer, place: WalPlace, visitor: Visitor): Walked {
  // Words are read where they lie, which takes an address that is a multiple of four.
  return new Walk(alignedCopy(bytes), place, visitor).run();
}

interface Growing {
  readonly from: number;
  readonly length: number;
  seen: number;
  crc: number;
  head: Buffer;
}

class Walk {
  readonly #bytes: Buffer;
  readonly #words: Int32Array;
  readonly #start: bigint;
  readonly #size: number;
  readonly #visitor: Visitor;
  #page: WalPage | undefined;
  #records = 0;
  #highest = 0;
  #at = 0;
  #end: number | null = null;
  readonly #base: { readonly low: number; readonly high: number };
  /** Place of the last whole record, as the two halves that xl_prev has; null where it is not known. */
  #last: { low: number; high: number } | null;
  #begun: Growing | null;
  #switched: number | null = null;
  #invalid: { at: number; why: string } | null = null;
  #skipped = false;

  constructor(bytes: Buffer, { start, segmentSize, tail }: WalPlace, visitor: Visitor) {
    this.#bytes = bytes;
    this.#visitor = visitor;
    this.#words = wordsOf(bytes);
    this.#start = start;
    this.#base = halves(start);
    this.#size = segmentSize;
    this.#last = tail?.last ? halves(tail.last) : null;
    const begun = tail?.begun ?? null;
    this.#begun = begun === null ? null : { ...begun, from: Number(begun.lsn - start) };
  }

  run(): Walked {
    let major: number | null = null;
    let systemId: string | null = null;
    if (this.#enter(0)) {
      major = this.#page!.major;
      systemId = this.#page!.systemId;
      this.#resume();
      while (this.#invalid === null && this.#at < this.#size) this.#step();
    }
    return { ...this.#result(), major, systemId };
  }

  #result(): Omit<Walked, 'major' | 'systemId'> {
    const position = (offset: number): Lsn => lsn(this.#start + BigInt(offset));
    const begun = this.#begun;
    const last = this.#last;
    return {
      records: this.#records,
      highest: this.#highest === 0 ? null : this.#highest,
      switched: this.#switched === null ? null : position(this.#switched),
      last: this.#records === 0 || last === null ? null : whole(last),
      end: this.#end === null ? null : position(this.#end),
      invalid: this.#invalid === null ? null : { at: position(this.#invalid.at), why: this.#invalid.why },
      skipped: this.#skipped,
      tail:
        this.#invalid !== null
          ? null
          : {
              last: last === null ? null : whole(last),
              begun:
                begun === null
                  ? null
                  : {
                      lsn: position(begun.from),
                      length: begun.length,
                      seen: begun.seen,
                      crc: begun.crc,
                      head: Buffer.from(begun.head),
                    },
            },
    };
  }

  /** Goes to the first byte behind the header of the page at `offset`. */
  #enter(offset: number): boolean {
    const page = readWalPage(this.#bytes, { start: this.#start, offset, segmentSize: this.#size });
    if (typeof page === 'string') return this.#stop(this.#begun?.from ?? offset, page);
    if (this.#page && page.major !== this.#page.major)
      return this.#stop(offset, `the page is of PostgreSQL ${page.major}`);
    this.#page = page;
    this.#at = offset + page.header;
    return true;
  }

  #stop(at: number, why: string): false {
    this.#invalid = { at, why };
    return false;
  }

  /** On the segment's first page: the rest of a record that began before it comes first. */
  #resume(): void {
    const page = this.#page!;
    if (this.#begun !== null) {
      this.#grow(this.#begun);
      return;
    }
    if (page.remaining === 0 || page.overwrites) return;
    this.#skipped = true;
    this.#last = null;
    this.#skip(page.remaining);
  }

  /** Over a record whose beginning is not known. */
  #skip(remaining: number): void {
    let left = remaining;
    for (;;) {
      const room = pageEnd(this.#at) - this.#at;
      if (left <= room) {
        this.#at = this.#end = aligned8(this.#at + left);
        return;
      }
      left -= room;
      const next = pageEnd(this.#at);
      if (next >= this.#size) {
        this.#at = this.#size;
        return;
      }
      if (!this.#enter(next)) return;
      if (this.#page!.overwrites) return;
      if (this.#page!.remaining !== left) {
        this.#stop(next, 'the page does not go on with the record before it');
        return;
      }
    }
  }

  /** One record, which begins here or behind the next page's header. */
  #step(): void {
    if (this.#at % walPageSize === 0 && !this.#enterFresh()) return;
    const from = this.#at;
    if (from + 4 > this.#bytes.length) {
      this.#stop(from, 'the file ends here');
      return;
    }
    const length = this.#words[from >> 2]! >>> 0;
    if (length < recordHeader) {
      this.#stop(from, length === 0 ? 'nothing was written here yet' : `a record of ${length} bytes cannot be`);
      return;
    }
    if (length > pageEnd(from) - from) {
      this.#begun = { from, length, seen: 0, crc: crc32cStart, head: Buffer.alloc(0) };
      this.#grow(this.#begun);
      return;
    }
    if (from + length > this.#bytes.length) {
      this.#stop(from, 'the file ends here');
      return;
    }
    const crc = crc32cMore(crc32cStart, this.#bytes, this.#words, from + recordHeader, from + length);
    this.#whole(from, from + length, crc, this.#bytes, from);
  }

  /** A page on which no record should be going on. */
  #enterFresh(): boolean {
    const offset = this.#at;
    if (!this.#enter(offset)) return false;
    if (this.#page!.remaining === 0) return true;
    return this.#stop(offset, 'the page goes on with a record that did not begin');
  }

  /** Takes what this page and those behind it have of a record that does not fit on one. */
  #grow(record: Growing): void {
    for (;;) {
      if (this.#page!.overwrites && record.seen > 0) {
        // The server crashed before it had written the record to its end, and went on here with another.
        this.#begun = null;
        this.#last = null;
        return;
      }
      if (record.seen > 0 && this.#page!.remaining !== record.length - record.seen) {
        this.#stop(record.from, 'the page behind it does not go on with the record');
        return;
      }
      const to = Math.min(pageEnd(this.#at), this.#at + record.length - record.seen);
      if (to > this.#bytes.length) {
        this.#stop(record.from, 'the file ends here');
        return;
      }
      if (!this.#take(record, to)) return;
      if (record.seen === record.length) {
        this.#begun = null;
        this.#whole(record.from, to, record.crc, record.head, 0);
        return;
      }
      if (to >= this.#size) {
        this.#at = this.#size;
        return;
      }
      if (!this.#enter(to)) return;
    }
  }

  /** The bytes up to `to`: the header is kept, the rest goes into the checksum, and its beginning is kept where it will be needed. */
  #take(record: Growing, to: number): boolean {
    const from = this.#at;
    const inHeader = Math.min(Math.max(0, recordHeader - record.seen), to - from);
    const data = from + inHeader;
    const before = record.head;
    if (inHeader > 0) record.head = Buffer.concat([before, this.#bytes.subarray(from, data)]);
    // A record begins at a multiple of eight, so that its transaction is on the page with it.
    if (before.length === 0) this.#rise(record.head.readUInt32LE(4));
    if (before.length < recordHeader && record.head.length === recordHeader && !this.#pointsBack(record.head))
      return this.#stop(record.from, 'the record does not point back to the one before it');
    if (record.head.length >= recordHeader) {
      const needed = this.#visitor.wants(record.head[17]!, record.head[16]!, record.length) - record.head.length;
      if (needed > 0 && data < to)
        record.head = Buffer.concat([record.head, this.#bytes.subarray(data, Math.min(to, data + needed))]);
    }
    if (data < to) record.crc = crc32cMore(record.crc, this.#bytes, this.#words, data, to);
    record.seen += to - from;
    return true;
  }

  /** Before the rest of a record is read over pages whose end may be far: a length that is garbage is noticed here. */
  #pointsBack(head: Buffer): boolean {
    const last = this.#last;
    return last === null || (head.readUInt32LE(8) === last.low && head.readUInt32LE(12) === last.high);
  }

  /** A record whose last byte lies before `to`; `head`, from `at` on, has its header and what else is needed. */
  #whole(from: number, to: number, crc: number, head: Buffer, at: number): void {
    const words = head === this.#bytes ? this.#words : wordsOf(alignedCopy(head));
    const sum = crc32cEnd(crc32cMore(crc, head, words, at, at + 20));
    if (sum !== words[(at + 20) >> 2]! >>> 0) {
      this.#stop(from, 'the checksum of the record does not match');
      return;
    }
    const last = this.#last;
    if (last !== null && (words[(at + 8) >> 2]! >>> 0 !== last.low || words[(at + 12) >> 2]! >>> 0 !== last.high)) {
      this.#stop(from, 'the record does not point back to the one before it');
      return;
    }
    // A segment never spans 4 GiB, so that its offsets add up in the lower half.
    const { low, high } = this.#base;
    this.#last = from < 0 ? halves(this.#start + BigInt(from)) : { low: low + from, high };
    this.#records += 1;
    this.#rise(words[(at + 4) >> 2]! >>> 0);
    this.#at = this.#end = aligned8(to);
    this.#show(from, head, at);
  }

  #rise(xid: number): void {
    if (xid !== 0 && (this.#highest === 0 || xidAfter(xid, this.#highest))) this.#highest = xid;
  }

  #show(from: number, bytes: Buffer, at: number): void {
    const [manager, info] = [bytes[at + 17]!, bytes[at + 16]!];
    if (manager === xlog && (info & 0xf0) === switchRecord) {
      this.#switched = from;
      this.#at = this.#end = this.#size;
      return;
    }
    const { wants, visit } = this.#visitor;
    if (wants(manager, info, bytes.readUInt32LE(at)) > recordHeader)
      visit({ bytes, at, from, to: this.#at, major: this.#page!.major });
  }
}

const xlog = 0;
const switchRecord = 0x40;

const aligned8 = (offset: number): number => (offset + 7) & ~7;
const pageEnd = (offset: number): number => (offset & ~(walPageSize - 1)) + walPageSize;
const halves = (position: bigint): { low: number; high: number } => ({
  low: Number(position & 0xffffffffn),
  high: Number(position >> 32n),
});
const whole = ({ low, high }: { low: number; high: number }): Lsn => lsn((BigInt(high) << 32n) | BigInt(low));
const alignedCopy = (bytes: Buffer): Buffer =>
  bytes.byteOffset % 4 === 0 ? bytes : Buffer.from(Uint8Array.from(bytes).buffer);
