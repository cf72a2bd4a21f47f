// What this machine remembers of fences that are owed to one cluster: kept over runs, until somebody has looked at the node.

import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fenceDebts } from '../engine/fence-debts.ts';
import type { FenceDebt } from '../look/fence-debt.ts';
import type { NodeName } from '../ports.ts';
import { eventsOf, type RunDirectory } from './run-directory.ts';
import { stateDirectory } from './state-directory.ts';
import type { Terminal } from './terminal.ts';

export class FenceDebts {
  readonly #file: string;

  /** @param inventory as it was named; by its whole path, for many a site calls its file lifeboat.yaml and its nodes node1 */
  constructor(terminal: Terminal, inventory: string, cluster: string) {
    const name = `${resolve(terminal.cwd, inventory)}#${cluster}`.replace(/[^A-Za-z0-9._-]+/g, '_');
    this.#file = join(stateDirectory(terminal), 'owed', `${name}.json`);
  }

  /** Read anew each time: a monitor keeps these beside the runs of others. */
  async all(): Promise<readonly FenceDebt[]> {
    try {
      return JSON.parse(await readFile(this.#file, 'utf8')) as FenceDebt[];
    } catch {
      return [];
    }
  }

  /** Remembers and returns those that a run has left; a newer one of the same node stands for the older. */
  async noteRun(directory: RunDirectory): Promise<readonly FenceDebt[]> {
    const events = await eventsOf(directory);
    const fresh = events.length === 0 ? [] : fenceDebts(events);
    if (fresh.length === 0) return fresh;
    const kept = (await this.all()).filter(({ node }) => !fresh.some(one => one.node === node));
    await this.#write([...kept, ...fresh]);
    return fresh;
  }

  async forget(node: NodeName): Promise<void> {
    await this.#write((await this.all()).filter(debt => debt.node !== node));
  }

  async #write(debts: readonly FenceDebt[]): Promise<void> {
    if (debts.length === 0) return rm(this.#file, { force: true });
    await mkdir(dirname(this.#file), { recursive: true });
    const draft = `${this.#file}.${String(process.pid)}`;
    await writeFile(draft, `${JSON.stringify(debts, null, 2)}\n`);
    await rename(draft, this.#file);
  }
}
