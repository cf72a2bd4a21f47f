// Where the newest logical backup of a lab lies.

import { existsSync, readdirSync, statSync } from 'node:fs';
import { dumpFile } from '../look/dump.ts';
import type { Lab } from './lab.ts';

/** Its directory, below that for backups of some node; undefined where there is none. */
export function newestDump(lab: Lab): string | undefined {
  const all = lab.nodes.flatMap(({ backup }) =>
    existsSync(backup) ? readdirSync(backup).map(day => `${backup}/${day}/logical`) : [],
  );
  const made = (dump: string): number => statSync(`${dump}/${dumpFile}`).mtimeMs;
  return all
    .filter(dump => existsSync(`${dump}/${dumpFile}`))
    .sort((a, b) => made(a) - made(b))
    .at(-1);
}
