// Which inventory is meant, and which of its clusters.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Fault } from '../faults.ts';
import { readInventory } from '../runbook/inventory.ts';
import type { Cluster, Inventory } from '../runbook/inventory-types.ts';
import { type Checked, problemsText } from '../runbook/problems.ts';
import type { Terminal } from './terminal.ts';
import { unreadable } from './unreadable.ts';

export interface InventoryOptions {
  readonly inventory?: string;
  readonly cluster?: string;
}

/** So that the command lines shown mean the same cluster as the one in hand. */
export const inventoryWords = ({ inventory, cluster }: InventoryOptions): string[] => [
  ...(inventory === undefined ? [] : ['--inventory', inventory]),
  ...(cluster === undefined ? [] : ['--cluster', cluster]),
];

/** Named by option, in this folder, by $LIFEBOAT_INVENTORY, in /etc, or that of the one lab that is up: the first that exists. */
export async function loadInventory(terminal: Terminal, { inventory }: InventoryOptions): Promise<Inventory> {
  const named = inventory ?? undefined;
  const fromEnv = terminal.env['LIFEBOAT_INVENTORY'];
  const places =
    named !== undefined
      ? [named]
      : ['lifeboat.yaml', ...(fromEnv !== undefined && fromEnv !== '' ? [fromEnv] : []), '/etc/lifeboat/lifeboat.yaml'];
  for (const place of places) {
    const file = resolve(terminal.cwd, place);
    const text = await read(file, named !== undefined || place === fromEnv);
    if (text !== undefined) return checked(readInventory(text, show(terminal, file)));
  }
  const lab = await labInventory(terminal);
  if (lab !== undefined) return checked(readInventory(await readFile(lab, 'utf8'), lab));
  throw new Fault('usage', `no inventory: looked for ${places.join(', ')}`, {
    hint: 'write a lifeboat.yaml (see README.md), name one with --inventory FILE, or try a throw-away cluster: lifeboat lab up',
  });
}

async function read(file: string, required: boolean): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (!required && (code === 'ENOENT' || code === 'ENOTDIR')) return undefined;
    throw unreadable('the inventory', file, error, 'name another with --inventory FILE');
  }
}

/** A path as the operator would type it. */
const show = (terminal: Terminal, file: string): string =>
  file.startsWith(`${terminal.cwd}/`) ? file.slice(terminal.cwd.length + 1) : file;

async function labInventory(terminal: Terminal): Promise<string | undefined> {
  const { currentLab } = await import('../lab/registry.ts');
  const lab = currentLab();
  if (lab) terminal.err(`using the lab that is up: ${lab.inventoryFile}\n`);
  return lab?.inventoryFile;
}

/** The one cluster, or the one named. */
export function chooseCluster(inventory: Inventory, { cluster }: InventoryOptions): Cluster {
  const names = Object.keys(inventory.clusters);
  if (cluster === undefined && names.length > 1) {
    throw new Fault('usage', `${inventory.file} has ${String(names.length)} clusters`, {
      hint: `say which: --cluster ${names.join(' | ')}`,
    });
  }
  const found = inventory.clusters[cluster ?? names[0] ?? ''];
  if (found) return found;
  throw new Fault('usage', `no cluster "${cluster ?? ''}" in ${inventory.file}`, {
    hint: `it has: ${names.join(', ')}`,
  });
}

/** The value, or exit 3 with every problem. */
export function checked<T>(result: Checked<T>): T {
  if (result.ok) return result.value;
  throw new Fault('invalid', problemsText(result.problems));
}
