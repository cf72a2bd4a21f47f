// The small System V segment that a killed postmaster leaves behind, which outlives every process and every file of it.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../drivers/process.ts';
import { ms } from '../time.ts';

interface Segment {
  readonly key: string;
  readonly id: string;
}

/** The segments that the data directories below a directory name: line 7 of each postmaster.pid (miscinit.c, AddToDataDirLockFile). */
export function segmentsOf(directory: string): Segment[] {
  return lockFiles(directory, 5).flatMap(file => {
    const [key, id] = (readFileSync(file, 'utf8').split('\n')[6] ?? '').trim().split(/\s+/);
    return key !== undefined && id !== undefined ? [{ key, id }] : [];
  });
}

/** Removes those that nobody is attached to; the key is compared, for the kernel gives the numbers out again. */
export async function removeSegments(segments: readonly Segment[]): Promise<void> {
  const idle = readFileSync('/proc/sysvipc/shm', 'utf8')
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .filter(fields => fields[6] === '0');
  const left = segments.filter(({ key, id }) => idle.some(fields => fields[0] === key && fields[1] === id));
  await Promise.all(left.map(({ id }) => run(['ipcrm', '-m', id], { within: ms(5000) })));
}

/** Data directories lie a few levels deep, also where broken data was moved to. */
function lockFiles(directory: string, depth: number): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).flatMap(entry => {
      const path = join(directory, entry.name);
      if (entry.isFile() && entry.name === 'postmaster.pid') return [path];
      return entry.isDirectory() && depth > 0 && entry.name !== 'base' ? lockFiles(path, depth - 1) : [];
    });
  } catch {
    return [];
  }
}
