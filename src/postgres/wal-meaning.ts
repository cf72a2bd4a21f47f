// What a WAL record says, as far as recovery targets go: that a transaction ended, a restore point.

import { type Ending, type EndingBytes, mayDrop, readEnding } from './wal-ending.ts';

/** A record as it lies in memory in one piece, or at least the beginning of it that is needed here (see {@link neededOf}). */
export interface RecordBytes {
  readonly bytes: Buffer;
  /** Where it begins in `bytes`. */
  readonly at: number;
  readonly major: number;
}

export type Meaning =
  | {
      readonly is: 'end';
      readonly xid: number;
      readonly committed: boolean;
      /** See {@link mayDrop}. */
      readonly mayDrop: boolean;
      readonly micros: number;
    }
  | { readonly is: 'restore-point'; readonly name: string; readonly micros: number };

/** XLogRecord: length, xid, previous record, info, resource manager, checksum. */
export const recordHeader = 24;

const xlog = 0;
const transaction = 1;
/** The upper four bits of xl_info belong to the resource manager; for transactions the first of them says that xinfo follows. */
const kindMask = { [xlog]: 0xf0, [transaction]: 0x70 } as const;
const restorePoint = 0x70;
const [commit, abort, commitPrepared, abortPrepared] = [0x00, 0x20, 0x30, 0x40];
const hasInfo = 0x80;

/** 2000-01-01 in microseconds since 1970: PostgreSQL counts from there. */
const epoch = 946_684_800_000_000;

/** How many bytes from the record's beginning on {@link meaningOf} wants to see; {@link recordHeader} where it is not interested. */
export function neededOf(manager: number, info: number, length: number): number {
  if (manager === xlog) return (info & kindMask[xlog]) === restorePoint ? length : recordHeader;
  if (manager !== transaction) return recordHeader;
  const kind = info & kindMask[transaction];
  // The time is the first thing in it; the xid of a prepared transaction comes behind lists of any length.
  if (kind === commit || kind === abort) return Math.min(length, 64);
  return kind === commitPrepared || kind === abortPrepared ? length : recordHeader;
}

/** Undefined where the record says nothing of the kind. */
export function meaningOf(record: RecordBytes): Meaning | undefined {
  const { bytes, at } = record;
  const info = bytes[at + 16] ?? 0;
  if (bytes[at + 17] === xlog) return ofXlog(bytes, at, info & kindMask[xlog]);
  const end = endBytes(record);
  if (end === undefined) return undefined;
  const kind = info & kindMask[transaction];
  const prepared = kind === commitPrepared || kind === abortPrepared;
  // That of one that was prepared lies behind lists of any length; the others need not be there to their end.
  const xid = prepared ? readEnding(end).xid : end.xid;
  return { is: 'end', xid, committed: end.committed, mayDrop: mayDrop(end), micros: timeAt(bytes, end.data) };
}

/** All that a commit or an abort says, of a record that is there to its end; undefined where it is neither. */
export function endingOf(
  record: RecordBytes,
): { readonly ending: Ending; readonly committed: boolean; readonly micros: number } | undefined {
  const end = endBytes(record);
  return end && { ending: readEnding(end), committed: end.committed, micros: timeAt(end.bytes, end.data) };
}

function endBytes({ bytes, at, major }: RecordBytes): EndingBytes | undefined {
  const info = bytes[at + 16] ?? 0;
  const kind = info & kindMask[transaction];
  const committed = kind === commit || kind === commitPrepared;
  if (bytes[at + 17] !== transaction || (!committed && kind !== abort && kind !== abortPrepared)) return undefined;
  const data = mainData(bytes, at);
  if (data === undefined) return undefined;
  return { bytes, data, hasInfo: (info & hasInfo) !== 0, committed, xid: bytes.readUInt32LE(at + 4), major };
}

function ofXlog(bytes: Buffer, at: number, kind: number): Meaning | undefined {
  if (kind !== restorePoint) return undefined;
  const data = mainData(bytes, at);
  if (data === undefined) return undefined;
  // xl_restore_point: the time, and the name in a field of 64 bytes that ends with a zero.
  const field = bytes.subarray(data + 8, data + 8 + 64);
  const end = field.indexOf(0);
  return {
    is: 'restore-point',
    name: field.toString('utf8', 0, end < 0 ? field.length : end),
    micros: timeAt(bytes, data),
  };
}

/** Where the main data of a record without pages begin: behind their own short header, and before it at most the origin and the top-level xid (access/xlogrecord.h). */
export function mainData(bytes: Buffer, at: number): number | undefined {
  let header = at + recordHeader;
  for (;;) {
    const id = bytes[header];
    if (id === 255) return header + 2;
    if (id === 254) return header + 5;
    if (id === 253) header += 3;
    else if (id === 252) header += 5;
    else return undefined;
  }
}

const timeAt = (bytes: Buffer, at: number): number => Number(bytes.readBigInt64LE(at)) + epoch;
