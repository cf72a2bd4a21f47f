// File systems that a fault mounted for a lab, so that its end takes them away, too.

import { readFileSync } from 'node:fs';
import { run } from '../drivers/process.ts';
import { seconds } from '../time.ts';

/** Where something is mounted; a blank in a path stands there as \040. */
export const mounts = (): string[] =>
  readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map(line => (line.split(' ')[1] ?? '').replaceAll('\\040', ' '));

/** One that is still in use goes as soon as it is not. */
export async function unmountBelow(directory: string): Promise<void> {
  for (const point of mounts().filter(it => it.startsWith(`${directory}/`))) {
    await run(['umount', '-l', point], { within: seconds(10) });
  }
}
