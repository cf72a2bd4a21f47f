// What global/pg_control itself holds, byte by byte: for a directory whose PostgreSQL is not at hand, or not started yet.

import { crc32c } from './crc32c.ts';

/** The part of pg_control that a restore goes by (pg_control.h, ControlFileData). */
export interface ControlFile {
  /** Text, for it has more digits than a JS number keeps. */
  readonly systemId: string;
  /** 1300 on 13 to 16, 1700 on 17, 1800 on 18. */
  readonly version: number;
  /** What the primary ran with when it last told: a hot standby must not have less (manual 27.4.3). */
  readonly limits: Readonly<Record<Limit, number>>;
}

/** Settings that a server in recovery must not have lower than the primary had, else it pauses or does not start. */
export const limits = [
  'max_connections',
  'max_worker_processes',
  'max_wal_senders',
  'max_prepared_transactions',
  'max_locks_per_transaction',
] as const;

export type Limit = (typeof limits)[number];

const versions: readonly number[] = [1300, 1700, 1800];

/** Only the checksum's place moved between 13 and 18, which has one more bool before the nonce. */
const places = {
  limits: { max_connections: 180, max_worker_processes: 184, max_wal_senders: 188, max_prepared_transactions: 192 },
  locks: 196,
  checksum: (version: number): number => (version >= 1800 ? 292 : 288),
};

/**
 * Reads the bytes of a little-endian machine's pg_control of 13 to 18. Undefined where they are none, or where their own
 * checksum is wrong: no server would start with them, and none of their numbers can be relied on.
 */
export function parseControlFile(bytes: Buffer): ControlFile | undefined {
  if (bytes.length < 296) return undefined;
  const version = bytes.readUInt32LE(8);
  if (!versions.includes(version)) return undefined;
  const checksum = places.checksum(version);
  if (crc32c(bytes.subarray(0, checksum)) !== bytes.readUInt32LE(checksum)) return undefined;
  const at = (place: number): number => bytes.readInt32LE(place);
  return {
    systemId: systemIdOf(bytes),
    version,
    limits: {
      max_connections: at(places.limits.max_connections),
      max_worker_processes: at(places.limits.max_worker_processes),
      max_wal_senders: at(places.limits.max_wal_senders),
      max_prepared_transactions: at(places.limits.max_prepared_transactions),
      max_locks_per_transaction: at(places.locks),
    },
  };
}

/** The first eight bytes alone, of a file whose rest may be anything. */
export function systemIdOf(bytes: Buffer): string {
  return String(bytes.readBigUInt64LE(0));
}
