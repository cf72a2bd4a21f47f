// pg_waldump's last words: where valid WAL ends.

import { type Lsn, lsn, parseLsn } from './lsn.ts';
import { parseSegmentName, segmentName, segmentStart } from './segment.ts';
import type { Timeline } from './timeline.ts';

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
 *
 * Undefined where it says neither: it read to the limit it was given, or could not read at all.
 */
export function endOfWaldump(stderr: string, start: Lsn, segmentSize: number): WalEnd | undefined {
  const at = /error in WAL record at ([0-9A-F]+\/[0-9A-F]+): (.*)/.exec(stderr);
  const last = at?.[1] === undefined ? undefined : parseLsn(at[1]);
  if (last !== undefined) return { last, end: behind(at?.[2] ?? '', last, segmentSize) };
  return /could not find a valid record after/.test(stderr) ? endsAt(start) : undefined;
}

/** The LSN of the last record that pg_waldump printed. */
export function lastRecord(stdout: string): Lsn | undefined {
  const text = [...stdout.matchAll(/\blsn: ([0-9A-F]+\/[0-9A-F]+)/g)].at(-1)?.[1];
  return text === undefined ? undefined : parseLsn(text);
}

/**
 * The end of the last of these files that can be read without a gap from `start` on; undefined where the file of `start` is not
 * among them. pg_waldump must be told to stop there: for a file that is missing it waits five seconds (pg_waldump.c, 13 to 18).
 */
export function readableTo(
  files: readonly string[],
  timeline: Timeline,
  start: Lsn,
  segmentSize: number,
): Lsn | undefined {
  const there = new Set(files);
  let end: Lsn | undefined;
  for (let at = segmentStart(start, segmentSize); there.has(segmentName(timeline, at, segmentSize));) {
    at = lsn(at + BigInt(segmentSize));
    end = at;
  }
  return end;
}

/** Nothing lies beyond this. */
export const endsAt = (end: Lsn): WalEnd => ({ last: lsn(end > 0n ? end - 1n : 0n), end });

function behind(why: string, last: Lsn, segmentSize: number): Lsn {
  const position = /(?: at|, LSN) ([0-9A-F]+\/[0-9A-F]+)/.exec(why)?.[1];
  const found = position === undefined ? undefined : parseLsn(position);
  if (found !== undefined && found > last) return found;
  const page = /segment ([0-9A-F]{24}), .*?offset (\d+)/.exec(why);
  const segment = page?.[1] === undefined ? undefined : parseSegmentName(page[1], segmentSize);
  if (segment) return lsn(segment.start + BigInt(page?.[2] ?? 0));
  return lsn(segmentStart(last, segmentSize) + BigInt(segmentSize));
}

/** Where the last checkpoint among the records printed begins: online ones and those of a shutdown (rmgrdesc, xlogdesc.c, 13 to 18). */
export function lastCheckpointRecord(stdout: string): Lsn | undefined {
  const lines = stdout.split('\n').filter(line => /desc: CHECKPOINT_(ONLINE|SHUTDOWN)/.test(line));
  return lastRecord(lines.at(-1) ?? '');
}
