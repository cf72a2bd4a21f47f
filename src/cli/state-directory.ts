// Where Lifeboat keeps what it must remember: runs, and what was last seen of each node.

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { decode, encode } from '../engine/json.ts';
import type { Look, Sighting } from '../look/look.ts';
import type { NodeName } from '../ports.ts';
import { type Lsn, lsnDiff } from '../postgres/lsn.ts';
import { between, type Instant } from '../time.ts';
import type { Terminal } from './terminal.ts';

/** `$XDG_STATE_HOME/lifeboat`, or `~/.local/state/lifeboat`. */
export function stateDirectory({ env }: Terminal): string {
  const base = env['XDG_STATE_HOME'];
  return join(base !== undefined && base !== '' ? base : join(homedir(), '.local', 'state'), 'lifeboat');
}

/** What this machine saw of each node of one cluster, kept over runs: the basis of a loss estimate when a node is gone. */
export class LastSeen {
  readonly #file: string;
  readonly #seen: Map<NodeName, Sighting>;

  private constructor(file: string, seen: Map<NodeName, Sighting>) {
    this.#file = file;
    this.#seen = seen;
  }

  static async open(terminal: Terminal, inventory: string, cluster: string): Promise<LastSeen> {
    const name = `${inventory}#${cluster}`.replace(/[^A-Za-z0-9._-]+/g, '_');
    const file = join(stateDirectory(terminal), 'seen', `${name}.json`);
    try {
      return new LastSeen(
        file,
        new Map(Object.entries(decode(await readFile(file, 'utf8')) as object) as [NodeName, Sighting][]),
      );
    } catch {
      // Never seen, or not readable: nothing is remembered, and the estimate says so.
      return new LastSeen(file, new Map());
    }
  }

  get of(): Look['lastSeen'] {
    return on => this.#seen.get(on);
  }

  /** Remembers what a primary has written by now. */
  async note(look: Look): Promise<void> {
    let news = false;
    for (const { name } of look.cluster.nodes) {
      const written = await look.fact(name, 'written');
      const timeline = await look.fact(name, 'timeline');
      if (written.is !== 'seen' || timeline.is !== 'seen') continue;
      const now = { at: written.at, timeline: timeline.value, lsn: written.value };
      this.#seen.set(name, { ...now, rate: rateBetween(this.#seen.get(name), now) });
      news = true;
    }
    if (news) await this.#write();
  }

  async #write(): Promise<void> {
    await mkdir(dirname(this.#file), { recursive: true });
    const draft = `${this.#file}.${String(process.pid)}`;
    await writeFile(draft, encode(Object.fromEntries(this.#seen)));
    await rename(draft, this.#file);
  }
}

/** Bytes per second; what lies a day back says nothing about the load of now. */
function rateBetween(before: Sighting | undefined, now: { at: Instant; timeline: number; lsn: Lsn }): number | null {
  if (before?.timeline !== now.timeline) return null;
  const elapsed = between(before.at, now.at) / 1000;
  return elapsed > 0 && elapsed < 86_400 ? Math.max(0, lsnDiff(now.lsn, before.lsn)) / elapsed : before.rate;
}
