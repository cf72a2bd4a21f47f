// The books at hand: those of this folder first, then those that ship.

import { readdir, readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault } from '../faults.ts';
import { readRunbook } from '../runbook/book.ts';
import type { Runbook } from '../runbook/book-types.ts';
import { nearest } from '../runbook/nearest.ts';
import { catalogue } from './catalogue.ts';
import { checked } from './inventory-file.ts';
import type { Terminal } from './terminal.ts';
import { unreadable } from './unreadable.ts';

/** The folder of this package: the nearest one upwards that holds the books. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'runbooks', 'failover.yaml')) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

/** Name of each book → its file. A book of this folder hides a shipped one of the same name. */
export async function bookFiles(terminal: Terminal): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const folder of [join(packageFolder(), 'runbooks'), join(terminal.cwd, 'runbooks')]) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter(one => one.endsWith('.yaml')).sort())
      files.set(basename(name, '.yaml'), join(folder, name));
  }
  return files;
}

/** Where a book lies: by its name, or by its file where the word looks like one. */
export async function bookFile(terminal: Terminal, name: string): Promise<string> {
  if (/[/.]/.test(name)) return resolve(terminal.cwd, name);
  const files = await bookFiles(terminal);
  const file = files.get(name);
  if (file !== undefined) return file;
  const close = nearest(name, [...files.keys()]);
  throw new Fault('usage', `no runbook is named "${name}"`, {
    hint: close === undefined ? 'all of them: lifeboat list' : `did you mean ${close}? All of them: lifeboat list`,
  });
}

/** `nodes`: names that it may use beside its roles. */
export async function loadBook(terminal: Terminal, name: string, nodes: readonly string[] = []): Promise<Runbook> {
  return readBook(terminal, await bookFile(terminal, name), nodes);
}

async function readBook(terminal: Terminal, file: string, nodes: readonly string[]): Promise<Runbook> {
  const shown = file.startsWith(`${terminal.cwd}/`) ? file.slice(terminal.cwd.length + 1) : file;
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw unreadable('the runbook', shown, error, 'those at hand: lifeboat list');
  });
  return checked(readRunbook(text, shown, catalogue, nodes));
}

/** All books, for nesting. */
export async function allBooks(terminal: Terminal, nodes: readonly string[]): Promise<ReadonlyMap<string, Runbook>> {
  const books = new Map<string, Runbook>();
  for (const [name, file] of await bookFiles(terminal)) books.set(name, await readBook(terminal, file, nodes));
  return books;
}
