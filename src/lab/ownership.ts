// Files and directories of a lab, handed to the user that its servers run as.

import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import type { LabUser } from './installation.ts';

/** Makes a directory whose parent is there. */
export function makeDirectory(path: string, mode: number, user: LabUser): void {
  mkdirSync(path, { mode });
  give(path, user);
}

/** Makes a directory with those above it, each handed over. */
export function makeDirectories(root: string, path: string, mode: number, user: LabUser): void {
  let at = root;
  for (const name of path.slice(root.length + 1).split('/')) {
    at = `${at}/${name}`;
    if (mkdirSync(at, { mode, recursive: true }) !== undefined) give(at, user);
  }
}

export function putFile(path: string, text: string, mode: number, user: LabUser): void {
  writeFileSync(path, text, { mode });
  give(path, user);
}

export function give(path: string, { as }: LabUser): void {
  if (as !== undefined) chownSync(path, as.uid, as.gid);
}
