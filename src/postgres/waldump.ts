// pg_waldump's last words: where valid WAL ends.

import { type Lsn, parseLsn } from './lsn.ts';

const smallestSegment = 1024n * 1024n;

/**
 * The LSN after the last valid record that pg_waldump printed, reading from `start`.
 *
 * It ends with "error in WAL record at LAST: invalid record length at END …" on stderr, where END is what is wanted
 * (13 to 18; the wording behind the LSN differs). Where nothing follows `start`, it says that it "could not find a valid record
 * after" it: then WAL ends at `start`. Undefined where it says neither: the file is missing or unreadable.
 */
export function endOfWaldump(ran: { readonly stderr: string; readonly stdout: string }, start: Lsn): Lsn | undefined {
  const errors = ran.stderr;
  const last = /error in WAL record at [0-9A-F]+\/[0-9A-F]+: .*? at ([0-9A-F]+\/[0-9A-F]+)/.exec(errors);
  if (last?.[1] !== undefined) return parseLsn(last[1]);
  if (/could not find a valid record after/.test(errors)) return start;
  // At the very beginning of a segment that was never written there is not even a file.
  if (/could not (find|open) file/.test(errors) && start % smallestSegment === 0n) return start;
  return undefined;
}
