// pg_waldump's last words: where valid WAL ends.

import { type Lsn, lsn, parseLsn } from './lsn.ts';
import { parseSegmentName, segmentStart } from './segment.ts';

/** Where the WAL of a stopped server ends. */
export interface WalEnd {
  /**
   * A standby that has replayed beyond this has it all: replay moves by whole records, and this is where the last one begins.
   * The end itself is no such proof: how far the remains of a record that was never finished reach depends on the page.
   */
  readonly last: Lsn;
  /** The end at the most, for reckoning bytes. */
  readonly end: Lsn;
}

/**
 * Reads what pg_waldump said on stderr when it could not go on, having begun at `start`, a record's beginning or end:
 *
 * - "error in WAL record at LAST: …": LAST is the last valid record; behind it may stand where the next should have been, as an
 *   LSN ("… at 0/1774A58 …") or as a page ("… in log segment NAME, offset N"), in wordings that differ from 13 to 18.
 * - "could not find a valid record after START": nothing follows.
 * - "could not find file NAME", a later segment: WAL ended with a segment switch, and that segment was never written.
 *
 * Undefined where it says none of these: the file of `start` is missing or unreadable.
 */
export function endOfWaldump(stderr: string, start: Lsn, segmentSize: number): WalEnd | undefined {
  const at = /error in WAL record at ([0-9A-F]+\/[0-9A-F]+): (.*)/.exec(stderr);
  const last = at?.[1] === undefined ? undefined : parseLsn(at[1]);
  if (last !== undefined) return { last, end: behind(at?.[2] ?? '', last, segmentSize) };
  if (/could not find a valid record after/.test(stderr)) return upTo(start);
  const missing = /could not (?:find|open) file "(?:[^"]*\/)?([0-9A-F]{24})"/.exec(stderr)?.[1];
  const segment = missing === undefined ? undefined : parseSegmentName(missing, segmentSize);
  // The segment of `start` itself may only be missing where nothing of it was ever needed.
  return segment && segment.start >= start ? upTo(segment.start) : undefined;
}

const upTo = (end: Lsn): WalEnd => ({ last: lsn(end > 0n ? end - 1n : 0n), end });

function behind(why: string, last: Lsn, segmentSize: number): Lsn {
  const position = /(?: at|, LSN) ([0-9A-F]+\/[0-9A-F]+)/.exec(why)?.[1];
  const found = position === undefined ? undefined : parseLsn(position);
  if (found !== undefined && found > last) return found;
  const page = /segment ([0-9A-F]{24}), .*?offset (\d+)/.exec(why);
  const segment = page?.[1] === undefined ? undefined : parseSegmentName(page[1], segmentSize);
  if (segment) return lsn(segment.start + BigInt(page?.[2] ?? 0));
  return lsn(segmentStart(last, segmentSize) + BigInt(segmentSize));
}
