// Bytes of a file overwritten as a bad disk would, and kept aside so that they can be put back.

import { closeSync, existsSync, openSync, readFileSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import type { LabNode } from './layout.ts';

interface Whole {
  readonly path: string;
  readonly offset: number;
  readonly bytes: string;
}

const keptIn = (node: LabNode): string => `${node.directory}/before-damage.json`;

/** Turns every bit of these bytes round. Damage that was not mended yet is mended along with it. */
export function damage(node: LabNode, path: string, offset: number, length: number): void {
  const whole = overwritten(path, offset, length);
  writeFileSync(keptIn(node), JSON.stringify([whole, ...kept(node)]));
}

/** Puts back what the bytes were, newest damage first; a file that is gone since is left alone. */
export function mend(node: LabNode): void {
  for (const { path, offset, bytes } of kept(node)) {
    if (!existsSync(path)) continue;
    const file = openSync(path, 'r+');
    writeSync(file, Buffer.from(bytes, 'hex'), 0, bytes.length / 2, offset);
    closeSync(file);
  }
  rmSync(keptIn(node), { force: true });
}

function overwritten(path: string, offset: number, length: number): Whole {
  const file = openSync(path, 'r+');
  try {
    const before = Buffer.alloc(length);
    readSync(file, before, 0, length, offset);
    writeSync(file, Buffer.from(before.map(byte => byte ^ 0xff)), 0, length, offset);
    return { path, offset, bytes: before.toString('hex') };
  } finally {
    closeSync(file);
  }
}

const kept = (node: LabNode): Whole[] =>
  existsSync(keptIn(node)) ? (JSON.parse(readFileSync(keptIn(node), 'utf8')) as Whole[]) : [];
