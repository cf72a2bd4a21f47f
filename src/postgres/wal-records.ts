// Walks the records of WAL (access/xlogrecord.h), proves each by its CRC-32C, and tells where transactions end, which restore points there are, and where valid WAL ends.
/* eslint-disable @typescript-eslint/no-non-null-assertion -- indexes into typed arrays that were checked just before */

import { crc32cEnd, crc32cMore, crc32cStart, wordsOf } from './crc32c.ts';
import { type Lsn, lsn } from './lsn.ts';
import { meaningOf, neededOf, recordHeader } from './wal-meaning.ts';
import { readWalPage, type WalPage, walPageSize } from './wal-page-header.ts';

/** A record that began in an earlier segment and goes on in the next. */
export interface BegunRecord {
  /** Where it begins. */
  readonly lsn: Lsn;
  readonly length: number;
  /** How many of its bytes have been seen, and the register of its checksum over those behind the header. */
  readonly seen: number;
  readonly crc: number;
  /** Its beginning, as far as it will be needed: small, but for a COMMIT PREPARED with a very long list. */
  readonly head: Buffer;
}

/** What must be known of a segment to read the one behind it. */
export interface WalTail {
  /** Where the last whole record begins; the next one must point back to it. Null where that is not known. */
  readonly last: Lsn | null;
  readonly begun: BegunRecord | null;
}

/** A commit or an abort, also of a prepared transaction. Places count in bytes from the beginning of the segment: `from` is negative where the record began in an earlier one. */
export interface EndRecord {
  readonly xid: number;
  readonly committed: boolean;
  readonly from: number;
  readonly to: number;
  /** Since 1970: that of xact_time. */
  readonly micros: number;
}

export interface RestorePointRecord {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly micros: number;
}

export interface WalkedSegment {
  /** The major that wrote it; null where not even its first page can be read. */
  readonly major: number | null;
  readonly systemId: string | null;
  /** Whole records that end here. */
  readonly records: number;
  /** In the order of the records that end here. */
  readonly ends: readonly EndRecord[];
  readonly restorePoints: readonly RestorePointRecord[];
  /** Where an XLOG_SWITCH begins: what follows it in the segment is empty. */
  readonly switched: Lsn | null;
  /** Where the last whole record that ends here begins, and where it ends and the next may begin; null where none ends here. */
  readonly last: Lsn | null;
  readonly end: Lsn | null;
  /** Where the bytes stop to be WAL, and why: an unfinished segment, or damage. Null where they are WAL to their end. */
  readonly invalid: { readonly at: Lsn; readonly why: string } | null;
  /** For the next segment; null where this one ends in mid-air. */
  readonly tail: WalTail | null;
  /** A record of an earlier segment ends here that could not be read, since that segment's tail was not given. */
  readonly skipped: boolean;
}

export interface WalkOptions {
  /** The position of the first byte: a segment's beginning. */
  readonly start: Lsn;
  readonly segmentSize: number;
  /** Of the segment before this one, where that is known. */
  readonly tail?: WalTail | null;
}

/**
 * Reads a segment, or the beginning of one. Pure; 2 to 4 ms per MiB. `bytes` may be shorter than the segment; what lies behind
 * the last record (zeros, or the former content of a recycled file) is told from WAL by the page's address, the record's
 * pointer to the one before it, and its checksum, as xlogreader.c does.
 */
export function walkSegment(bytes: Buffer, options: WalkOptions): WalkedSegment {
  // Words are read where they lie, which takes an address that is a multiple of four.
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : Buffer.from(Uint8Array.from(bytes).buffer);
  return new Walk(aligned, options).run();
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
  readonly #ends: EndRecord[] = [];
  readonly #restorePoints: RestorePointRecord[] = [];
  #page: WalPage | undefined;
  #records = 0;
  #at = 0;
  #end: number | null = null;
  readonly #base: { readonly low: number; readonly high: number };
  /** Place of the last whole record, as the two halves that xl_prev has; null where it is not known. */
  #last: { low: number; high: number } | null;
  #begun: Growing | null;
  #switched: number | null = null;
  #invalid: { at: number; why: string } | null = null;
  #skipped = false;

  constructor(bytes: Buffer, { start, segmentSize, tail }: WalkOptions) {
    this.#bytes = bytes;
    this.#words = wordsOf(bytes);
    this.#start = start;
    this.#base = halves(start);
    this.#size = segmentSize;
    this.#last = tail?.last ? halves(tail.last) : null;
    const begun = tail?.begun ?? null;
    this.#begun = begun === null ? null : { ...begun, from: Number(begun.lsn - start) };
  }

  run(): WalkedSegment {
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

  #result(): Omit<WalkedSegment, 'major' | 'systemId'> {
    const position = (offset: number): Lsn => lsn(this.#start + BigInt(offset));
    const begun = this.#begun;
    const last = this.#last;
    return {
      records: this.#records,
      ends: this.#ends,
      restorePoints: this.#restorePoints,
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
    if (before.length < recordHeader && record.head.length === recordHeader && !this.#pointsBack(record.head))
      return this.#stop(record.from, 'the record does not point back to the one before it');
    if (record.head.length >= recordHeader) {
      const needed = neededOf(record.head[17]!, record.head[16]!, record.length) - record.head.length;
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
    this.#at = this.#end = aligned8(to);
    this.#note(from, head, at);
  }

  #note(from: number, head: Buffer, at: number): void {
    const meaning = head[at + 17]! <= 1 ? meaningOf({ bytes: head, at, major: this.#page!.major }) : undefined;
    if (meaning === undefined) return;
    if (meaning.is === 'switch') {
      this.#switched = from;
      this.#at = this.#end = this.#size;
      return;
    }
    const [to, { micros }] = [this.#at, meaning];
    if (meaning.is === 'end') this.#ends.push({ xid: meaning.xid, committed: meaning.committed, from, to, micros });
    else this.#restorePoints.push({ name: meaning.name, from, to, micros });
  }
}

const aligned8 = (offset: number): number => (offset + 7) & ~7;
const pageEnd = (offset: number): number => (offset & ~(walPageSize - 1)) + walPageSize;
const halves = (position: bigint): { low: number; high: number } => ({
  low: Number(position & 0xffffffffn),
  high: Number(position >> 32n),
});
const whole = ({ low, high }: { low: number; high: number }): Lsn => lsn((BigInt(high) << 32n) | BigInt(low));
const alignedCopy = (bytes: Buffer): Buffer =>
  bytes.byteOffset % 4 === 0 ? bytes : Buffer.from(Uint8Array.from(bytes).buffer);
