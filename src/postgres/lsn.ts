// Positions in the write-ahead log (LSN): reading, showing and comparing them.
import { bytes } from '../time.ts';
import type { Bytes } from '../time.ts';

declare const unit: unique symbol;

/**
 * A byte position in the WAL stream, 64 bits wide (manual 8.20, "pg_lsn Type"). A bigint, for a number would lose the last
 * bits beyond 8 PiB; not ready for JSON, so write it with {@link showLsn}.
 */
export type Lsn = bigint & { readonly [unit]: 'lsn' };

const limit = 1n << 64n;

/** A position from its number. Throws a RangeError outside 64 bits. */
export function lsn(position: bigint): Lsn {
  if (position < 0n || position >= limit) throw new RangeError(`not an LSN: ${String(position)}`);
  return position as Lsn;
}

/** `0/1A2B3C8` as PostgreSQL prints it, in either case, with or without leading zeros; undefined where it is not an LSN. */
export function parseLsn(text: string): Lsn | undefined {
  const match = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text.trim());
  return match ? lsn((BigInt(`0x${match[1] ?? ''}`) << 32n) | BigInt(`0x${match[2] ?? ''}`)) : undefined;
}

/** `0/1A2B3C8`: upper case, no padding, as `%X/%X` gives it on every version up to 18. */
export function showLsn(position: Lsn): string {
  return `${(position >> 32n).toString(16)}/${(position & 0xffffffffn).toString(16)}`.toUpperCase();
}

/** How many bytes `a` lies behind `b` in the stream (a − b); negative where it lies before. */
export function lsnDiff(a: Lsn, b: Lsn): Bytes {
  return bytes(Number(a - b));
}

/** For sorting: negative where `a` lies before `b`. */
export function compareLsn(a: Lsn, b: Lsn): -1 | 0 | 1 {
  return a < b ? -1 : a > b ? 1 : 0;
}
