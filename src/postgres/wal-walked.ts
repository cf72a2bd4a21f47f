// What goes into a walk through a segment of WAL, and what comes out of it (see wal-walk.ts).

import type { Lsn } from './lsn.ts';
import type { RecordBytes } from './wal-meaning.ts';

/** A record that began in an earlier segment and goes on in the next. */
export interface BegunRecord {
  /** Where it begins. */
  readonly lsn: Lsn;
  readonly length: number;
  /** How many of its bytes have been seen, and the register of its checksum over those behind the header. */
  readonly seen: number;
  readonly crc: number;
  /** Its beginning, as far as it will be needed. */
  readonly head: Buffer;
}

/** What must be known of a segment to read the one behind it. */
export interface WalTail {
  /** Where the last whole record begins; the next one must point back to it. Null where that is not known. */
  readonly last: Lsn | null;
  readonly begun: BegunRecord | null;
}

/** A whole record that was asked for. Places count in bytes from the beginning of the segment: `from` is negative where it began in an earlier one. */
export interface SeenRecord extends RecordBytes {
  readonly from: number;
  /** Where the next one may begin. */
  readonly to: number;
}

export interface Walked {
  /** The major that wrote it; null where not even its first page can be read. */
  readonly major: number | null;
  readonly systemId: string | null;
  /** Whole records that end here. */
  readonly records: number;
  /** The highest transaction that has written anything up to here, as far as this segment tells; null where none has. */
  readonly highest: number | null;
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

export interface WalPlace {
  /** The position of the first byte: a segment's beginning. */
  readonly start: Lsn;
  readonly segmentSize: number;
  /** Of the segment before this one, where that is known. */
  readonly tail?: WalTail | null;
}

export interface Visitor {
  /** How many bytes of such a record, from its beginning on, it wants to see in one piece; {@link recordHeader} where it does not want the record at all. */
  readonly wants: (manager: number, info: number, length: number) => number;
  /** Called in the order of the records' ends. What it is shown is gone when it returns. */
  readonly visit: (record: SeenRecord) => void;
}
