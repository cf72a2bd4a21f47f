// The header of a page of WAL (access/xlog_internal.h), by which it is known whose page it is and where its first record begins.

/** XLOG_BLCKSZ: another one takes a PostgreSQL that was compiled so. */
export const walPageSize = 8192;

const shortHeader = 24;
const longHeader = 40;

/** XLOG_PAGE_MAGIC of each major: it changes whenever a record does. */
const majors: Readonly<Record<number, number>> = {
  0xd106: 13,
  0xd10d: 14,
  0xd110: 15,
  0xd113: 16,
  0xd116: 17,
  0xd118: 18,
};

const firstIsContinuation = 0x0001;
const isLong = 0x0002;
/** The record that this page should go on with was never finished: the server crashed, and wrote on here (14, and minors of 13 since 2021). */
const overwritesContinuation = 0x0008;

export interface WalPage {
  readonly major: number;
  readonly timeline: number;
  /** Bytes of the header. */
  readonly header: number;
  /** How many bytes of a record that began on an earlier page are still to come, on this one and on those after it; 0 where there is none. */
  readonly remaining: number;
  readonly overwrites: boolean;
  /** Of the first page of a segment. */
  readonly systemId: string | null;
}

/** Where a page should be. */
export interface PagePlace {
  /** Of the segment that it lies in. */
  readonly start: bigint;
  /** From there; a multiple of {@link walPageSize}. */
  readonly offset: number;
  readonly segmentSize: number;
}

/** The header of the page at `offset`; a sentence where it is none, or that of another place: a recycled segment still holds its former pages. */
export function readWalPage(bytes: Buffer, { start, offset, segmentSize }: PagePlace): WalPage | string {
  if (bytes.length < offset + longHeader) return 'the file ends here';
  const magic = bytes.readUInt16LE(offset);
  const major = majors[magic];
  if (magic === 0) return 'the page is empty';
  if (major === undefined) return `page magic ${hex(magic)} is of no PostgreSQL from 13 to 18`;
  const address = bytes.readBigUInt64LE(offset + 8);
  if (address !== start + BigInt(offset)) return `the page is one of another place, ${showAddress(address)}`;
  const info = bytes.readUInt16LE(offset + 2);
  const long = (info & isLong) !== 0;
  if (long !== (offset === 0)) return 'the page has the wrong kind of header';
  if (long) {
    const [size, page] = [bytes.readUInt32LE(offset + 32), bytes.readUInt32LE(offset + 36)];
    if (size !== segmentSize) return `the segment says that it is one of ${size} bytes, not of ${segmentSize}`;
    if (page !== walPageSize) return `its pages have ${page} bytes, not ${walPageSize}`;
  }
  return {
    major,
    timeline: bytes.readUInt32LE(offset + 4),
    header: long ? longHeader : shortHeader,
    remaining: (info & firstIsContinuation) === 0 ? 0 : bytes.readUInt32LE(offset + 16),
    overwrites: (info & overwritesContinuation) !== 0,
    systemId: long ? String(bytes.readBigUInt64LE(offset + 24)) : null,
  };
}

/**
 * Whether a segment is one that the server made ready for later use: empty, or still with the first page of the lower place that
 * it was for before (manual 30.5). A damaged page is neither.
 */
export function isMadeReady(bytes: Buffer, start: bigint): boolean {
  if (bytes.length < longHeader) return false;
  if (bytes.subarray(0, longHeader).every(byte => byte === 0)) return true;
  return majors[bytes.readUInt16LE(0)] !== undefined && bytes.readBigUInt64LE(8) < start;
}

const hex = (number: number): string => `0x${number.toString(16).toUpperCase().padStart(4, '0')}`;

const showAddress = (address: bigint): string =>
  `${(address >> 32n).toString(16)}/${(address & 0xffffffffn).toString(16)}`.toUpperCase();
