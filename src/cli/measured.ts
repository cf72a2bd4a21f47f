// What was measured of a cluster from this machine: restores, runs and rehearsals, a line each, only ever added to.

import { join, resolve } from 'node:path';
import { fileLedger } from '../drivers/journal-file.ts';
import { measuredRun } from '../engine/measured-run.ts';
import type { Measured } from '../monitor/measured.ts';
import { eventsOf, type RunDirectory } from './run-directory.ts';
import { stateDirectory } from './state-directory.ts';
import type { Terminal } from './terminal.ts';

/** Whose restores and runs they are. */
export interface Whose {
  /** File of the inventory. */
  readonly inventory: string;
  readonly cluster: string;
}

const ledgerOf = (terminal: Terminal, { inventory, cluster }: Whose) => {
  const name = `${resolve(terminal.cwd, inventory)}#${cluster}`.replace(/[^A-Za-z0-9._-]+/g, '_');
  return fileLedger(join(stateDirectory(terminal), 'measured', `${name}.jsonl`));
};

/** Never rejects: what was done is done, and a record that is full must not make a failure of it. */
export async function remember(terminal: Terminal, of: Whose, measured: Measured): Promise<void> {
  try {
    await ledgerOf(terminal, of).append(JSON.stringify({ format: 1, ...measured }), true);
  } catch (error) {
    terminal.err(`how long it took could not be kept: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}

/** What its journal says of how long it took, where it came to a good end. Never rejects. */
export async function rememberRun(terminal: Terminal, of: Whose, directory: RunDirectory): Promise<void> {
  const measured = measuredRun(await eventsOf(directory).catch(() => []));
  if (measured) await remember(terminal, of, measured);
}

/** In the order in which it was written; a line that cannot be read, or that a newer Lifeboat wrote, is left out. */
export async function remembered(terminal: Terminal, of: Whose): Promise<readonly Measured[]> {
  const lines = await ledgerOf(terminal, of)
    .lines()
    .catch(() => []);
  return lines.flatMap(line => {
    try {
      const { format, ...measured } = JSON.parse(line) as Measured & { readonly format: number };
      return format === 1 ? [measured] : [];
    } catch {
      return [];
    }
  });
}
