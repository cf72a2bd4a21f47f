// The messages inside a stream of WAL, both ways (manual 55.4, START_REPLICATION). Pure.

import { type Lsn, lsn } from '../postgres/lsn.ts';
import { type Instant, instantOfMicros } from '../time.ts';

/** Microseconds since 2000-01-01 00:00 UTC, as PostgreSQL's clock counts. */
export type Microseconds = bigint;

export type FromServer =
  | {
      readonly is: 'wal';
      readonly start: Lsn;
      /** How far the server's own WAL goes. */
      readonly walEnd: Lsn;
      readonly at: Microseconds;
      /** A view of the message, as far as it is there. */
      readonly bytes: Buffer;
    }
  | {
      readonly is: 'keepalive';
      readonly walEnd: Lsn;
      readonly at: Microseconds;
      /** Without an answer the server hangs up soon. */
      readonly replyRequested: boolean;
    };

export interface Status {
  readonly written: Lsn;
  readonly flushed: Lsn;
  readonly replyRequested: boolean;
}

const [w, k, r] = [0x77, 0x6b, 0x72];
/** Bytes before the WAL in its message. */
export const walHeader = 25;
const keepaliveLength = 18;
const statusLength = 34;

/** Undefined where it is no message that PostgreSQL 13 to 18 sends. */
export function decodeFromServer(message: Buffer): FromServer | undefined {
  if (message[0] === w && message.length >= walHeader) {
    return {
      is: 'wal',
      start: lsn(message.readBigUInt64BE(1)),
      walEnd: lsn(message.readBigUInt64BE(9)),
      at: message.readBigInt64BE(17),
      bytes: message.subarray(walHeader),
    };
  }
  if (message[0] === k && message.length === keepaliveLength) {
    return {
      is: 'keepalive',
      walEnd: lsn(message.readBigUInt64BE(1)),
      at: message.readBigInt64BE(9),
      replyRequested: message[17] === 1,
    };
  }
  return undefined;
}

/** The inverse, for a server of our own in tests. */
export function encodeFromServer(message: FromServer): Buffer {
  if (message.is === 'wal') {
    const header = Buffer.alloc(walHeader);
    header.writeUInt8(w, 0);
    header.writeBigUInt64BE(message.start, 1);
    header.writeBigUInt64BE(message.walEnd, 9);
    header.writeBigInt64BE(message.at, 17);
    return Buffer.concat([header, message.bytes]);
  }
  const whole = Buffer.alloc(keepaliveLength);
  whole.writeUInt8(k, 0);
  whole.writeBigUInt64BE(message.walEnd, 1);
  whole.writeBigInt64BE(message.at, 9);
  whole.writeUInt8(message.replyRequested ? 1 : 0, 17);
  return whole;
}

/**
 * Nothing is ever applied here: the third position stays invalid, as pg_receivewal leaves it. Under `synchronous_commit =
 * remote_apply` commits would otherwise be told what is not true.
 */
export function encodeStatus({ written, flushed, replyRequested }: Status, at: Microseconds): Buffer {
  const message = Buffer.alloc(statusLength);
  message.writeUInt8(r, 0);
  message.writeBigUInt64BE(written, 1);
  message.writeBigUInt64BE(flushed, 9);
  message.writeBigInt64BE(at, 25);
  message.writeUInt8(replyRequested ? 1 : 0, 33);
  return message;
}

/** Undefined where it is no status message. */
export function decodeStatus(message: Buffer): (Status & { readonly at: Microseconds }) | undefined {
  if (message[0] !== r || message.length !== statusLength) return undefined;
  return {
    written: lsn(message.readBigUInt64BE(1)),
    flushed: lsn(message.readBigUInt64BE(9)),
    at: message.readBigInt64BE(25),
    replyRequested: message[33] === 1,
  };
}

/** 2000-01-01 in milliseconds since 1970. */
const epoch = 946_684_800_000;

export const microsecondsOf = (milliseconds: number): Microseconds => BigInt(Math.round((milliseconds - epoch) * 1000));

export const instantOf = (at: Microseconds): Instant => instantOfMicros(Number(at) + epoch * 1000);
