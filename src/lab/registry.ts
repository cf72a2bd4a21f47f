// Which labs are on this machine, for whoever comes later: the next command, and whoever cleans up after a killed drill.

import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { labFiles } from './layout.ts';
import { livingProcess } from './processes.ts';

export interface Registered {
  readonly name: string;
  readonly directory: string;
  readonly inventoryFile: string;
  readonly created: string;
  /** The process that will remove it; null where it stays until `lab down`. */
  readonly keeper: Keeper | null;
}

export interface Keeper {
  readonly pid: number;
  readonly started: number;
}

/** This process as the keeper of a lab. */
export function thisProcess(): Keeper {
  return { pid: process.pid, started: livingProcess(process.pid)?.started ?? 0 };
}

/** The labs of this user, the newest first; entries whose directory is gone are dropped on the way. */
export function registeredLabs(): Registered[] {
  return entries()
    .filter(({ file, lab }) => {
      const there = lab !== undefined && existsSync(labFiles(lab.directory).description);
      if (!there) rmSync(file, { force: true });
      return there;
    })
    .map(({ lab }) => lab as Registered)
    .sort((a, b) => b.created.localeCompare(a.created));
}

/** The lab to use where nothing else is named: the newest one that was left running on purpose. */
export function currentLab(): Registered | undefined {
  return registeredLabs().find(({ keeper }) => keeper === null);
}

/** Labs whose process died before it could remove them, as a drill that was killed. */
export function orphanedLabs(): Registered[] {
  return registeredLabs().filter(
    ({ keeper }) => keeper !== null && livingProcess(keeper.pid)?.started !== keeper.started,
  );
}

export function registerLab(lab: Registered): void {
  mkdirSync(directoryOfEntries(), { recursive: true, mode: 0o700 });
  const file = entryFile(lab.directory);
  // Renamed into place: another process may be reading the list just now.
  writeFileSync(`${file}.${process.pid}`, `${JSON.stringify(lab, null, 2)}\n`);
  renameSync(`${file}.${process.pid}`, file);
}

export function forgetLab(directory: string): void {
  rmSync(entryFile(directory), { force: true });
}

function entries(): { file: string; lab: Registered | undefined }[] {
  const directory = directoryOfEntries();
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter(name => name.endsWith('.json'))
    .map(name => join(directory, name))
    .map(file => ({ file, lab: readEntry(file) }));
}

function readEntry(file: string): Registered | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Registered;
  } catch {
    return undefined;
  }
}

function directoryOfEntries(): string {
  const state = process.env['XDG_STATE_HOME'];
  // The specification has relative paths ignored (XDG Base Directory).
  return join(state?.startsWith('/') === true ? state : join(homedir(), '.local/state'), 'lifeboat/labs');
}

function entryFile(directory: string): string {
  return join(directoryOfEntries(), `${directory.replaceAll(/[^\w.-]+/g, '_').replace(/^_/, '')}.json`);
}
