// How much of a segment that was never finished is WAL of its own: behind it stand pages of former times.

import type { Lsn } from './lsn.ts';
import { readWalPage, walPageSize } from './wal-page-header.ts';

/**
 * Bytes from the segment's `start` on that lie in pages written for this place, the zeros at their end left out: a file that is
 * filled up with zeros again has the same bytes. A segment is an old one under a new name (manual 30.5), so that the rest of it
 * still shows the addresses of its former place.
 */
export function writtenBytes(bytes: Buffer, start: Lsn): number {
  const place = { start, segmentSize: bytes.length };
  let end = 0;
  while (end < bytes.length && typeof readWalPage(bytes, { ...place, offset: end }) !== 'string') end += walPageSize;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return end;
}
