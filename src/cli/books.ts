// The books at hand: those of this folder first, then those that ship.

import { readdir, readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault } from '../faults.ts';
import { readRunbook } from '../runbook/book.ts';
import { nestedBook } from '../runbook/book-schema.ts';
import type { Runbook, WrittenStep } from '../runbook/book-types.ts';
import { nearest } from '../runbook/nearest.ts';
import { hasExpression } from '../runbook/templates.ts';
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

/** The argv of Lifeboat itself, for what must be a process of its own. */
export const program = (): string[] => [process.execPath, join(packageFolder(), 'bin', 'lifeboat.js')];

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

/**
 * The books that stand for steps of this one, and those of theirs: no others are read, for a mistake in a book that nobody
 * asked for must not keep a failover from being begun.
 */
export async function nestedBooks(
  terminal: Terminal,
  book: Runbook,
  nodes: readonly string[],
): Promise<ReadonlyMap<string, Runbook>> {
  const nested = new Map<string, Runbook>();
  const files = book.steps.some(isNested) ? await bookFiles(terminal) : new Map<string, string>();
  const visit = async ({ steps }: Runbook): Promise<void> => {
    for (const name of steps.filter(isNested).flatMap(step => namesOf(step, files))) {
      const file = files.get(name);
      if (file === undefined || nested.has(name)) continue;
      const found = await readBook(terminal, file, nodes);
      nested.set(name, found);
      await visit(found);
    }
  };
  await visit(book);
  return nested;
}

const isNested = ({ action }: WrittenStep): boolean => action === nestedBook.name;

/** Where an expression names the book it may be any of them. */
function namesOf({ with: written }: WrittenStep, files: ReadonlyMap<string, string>): readonly string[] {
  const { runbook } = written as { readonly runbook: string };
  return hasExpression(runbook) ? [...files.keys()] : [runbook];
}
