// lifeboat validate: runbooks, inventories and drills, every mistake with its place.

import { readFile, readdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { exits } from '../faults.ts';
import { readRunbook } from '../runbook/book.ts';
import { readDrill } from '../runbook/drill.ts';
import { readInventory } from '../runbook/inventory.ts';
import { type Problem, problemsText } from '../runbook/problems.ts';
import { bookFiles, packageFolder } from './books.ts';
import { catalogue } from './catalogue.ts';
import type { Terminal } from './terminal.ts';
import { unreadable } from './unreadable.ts';

export async function validate(
  terminal: Terminal,
  files: readonly string[],
  options: { readonly inventory?: string },
): Promise<number> {
  const all =
    files.length > 0 ? files.map(file => resolve(terminal.cwd, file)) : await atHand(terminal, options.inventory);
  const problems: Problem[] = [];
  for (const file of all) {
    const shown = file.startsWith(`${terminal.cwd}/`) ? file.slice(terminal.cwd.length + 1) : file;
    const found = await problemsOf(file, shown);
    problems.push(...found);
    if (found.length === 0) terminal.out(`${shown}: ok\n`);
  }
  if (problems.length === 0) return exits.ok;
  terminal.err(`${problemsText(problems)}\n`);
  return exits.invalid;
}

async function problemsOf(file: string, shown: string): Promise<readonly Problem[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw unreadable('the file', shown, error, 'without a name all that is at hand is checked: lifeboat validate');
  });
  const result = read(text, shown);
  return result.ok ? [] : result.problems;
}

/** By the key that says what it is; what says nothing is taken for a runbook. */
function read(text: string, file: string) {
  if (/^clusters\s*:/m.test(text)) return readInventory(text, file);
  if (/^drill\s*:/m.test(text)) return readDrill(text, file, catalogue);
  return readRunbook(text, file, catalogue);
}

async function atHand(terminal: Terminal, inventory: string | undefined): Promise<string[]> {
  const own = resolve(terminal.cwd, inventory ?? 'lifeboat.yaml');
  const folders = ['drills', 'rehearsals'].map(kind => join(packageFolder(), 'runbooks', kind));
  const drills = await Promise.all(
    folders.map(async folder => (await readdir(folder).catch(() => [])).map(name => join(folder, name))),
  );
  return [
    ...(existsSync(own) ? [own] : []),
    ...(await bookFiles(terminal)).values(),
    ...drills.flat().filter(file => file.endsWith('.yaml')),
  ];
}
