// What lies on another machine already, as hashes of its blocks: those are asked for, and no byte of the files comes back.

import { blockSize } from '../repo/backup.ts';
import type { Entry } from '../repo/restore-target.ts';
import { bytes, seconds } from '../time.ts';
import { exec } from './exec.ts';
import { failure, type ShellPlace } from './restore-shell.ts';
import { hashScript, hashSmallScript } from './scripts/restore-bytes.ts';

export interface There {
  /** Null where the one hash says it. */
  readonly size: number | null;
  /** Hex digits of each block's SHA-256. */
  readonly hashes: readonly string[];
}

/** By path; without those that are not there, are no files, or whose names no line can hold. */
export async function hashesThere(place: ShellPlace, entries: readonly Entry[]): Promise<ReadonlyMap<string, There>> {
  const asked = entries.filter(one => one.kind === 'file' && one.hashes !== null && one.size > 0 && plainPath(one));
  const [small, big] = [asked.filter(({ size }) => size <= blockSize), asked.filter(({ size }) => size > blockSize)];
  const found = new Map<string, There>();
  await Promise.all([
    ask(place, hashSmallScript, small).then(text => {
      for (const [, hash = '', path = ''] of text.matchAll(/^([0-9a-f]{64}) [ *](.*)$/gm)) {
        found.set(path, { size: null, hashes: [hash] });
      }
    }),
    ask(place, hashScript, big).then(text => {
      for (const [, size, path = '', hashes = ''] of text.matchAll(/^@(\d+) (.*)\n((?:[0-9a-f]{64}.*\n?)*)/gm)) {
        found.set(path, { size: Number(size), hashes: hashes.match(/^[0-9a-f]{64}/gm) ?? [] });
      }
    }),
  ]);
  return found;
}

/** One that a line of a script can hold: xargs splits at blanks, and reads quotes and backslashes. */
export const plainPath = ({ path, encoded }: Pick<Entry, 'path' | 'encoded'>): boolean =>
  !encoded && /^[\w./+-]+$/.test(path);

async function ask(place: ShellPlace, script: string, entries: readonly Entry[]): Promise<string> {
  if (entries.length === 0) return '';
  const done = await exec(
    place.shell,
    { script, args: [place.places.data, String(blockSize)] },
    { within: seconds(3600), cap: bytes(64 * 1024 * 1024), stdin: `${entries.map(({ path }) => path).join('\n')}\n` },
  );
  if (done.is === 'ended' && done.code === 0) return done.stdout.toString();
  throw failure(place, done);
}
