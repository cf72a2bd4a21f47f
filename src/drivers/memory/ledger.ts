// A journal's lines in memory: they outlive the process that wrote them, and break where a real file would.

import type { Ledger } from '../../ports.ts';
import type { MemoryProcess } from './process.ts';

export class MemoryLedger implements Ledger {
  #text = '';
  /** The last line is half a one. */
  #torn = false;
  /** Up to where a machine that loses its power has it on disk. */
  #synced = 0;

  append(line: string, durable: boolean): Promise<void> {
    // Whatever a crash left of the line before, this one begins on a line of its own. Not asked of the text itself, which would
    // be put together anew for each line.
    this.#text += `${this.#torn ? '\n' : ''}${line}\n`;
    this.#torn = false;
    if (durable) this.#synced = this.#text.length;
    return Promise.resolve();
  }

  lines(): Promise<readonly string[]> {
    return Promise.resolve(this.#text.split('\n').filter(line => line !== ''));
  }

  /** Cuts the last line in its middle: the process died while it was written. */
  tear(): void {
    const begin = this.#text.lastIndexOf('\n', this.#text.length - 2) + 1;
    this.#text = this.#text.slice(0, begin + Math.floor((this.#text.length - begin) / 2));
    this.#torn = true;
  }

  /** The machine lost its power: what was not synced is gone. */
  losePower(): void {
    this.#text = this.#text.slice(0, this.#synced);
    this.#torn = this.#text !== '' && !this.#text.endsWith('\n');
  }

  /** Puts other lines in its place, as somebody with an editor could. */
  replace(lines: readonly string[]): void {
    this.#text = lines.map(line => `${line}\n`).join('');
    this.#synced = this.#text.length;
    this.#torn = false;
  }
}

export interface LedgerCut {
  /** The process dies when it has written so many lines. */
  readonly after: number;
  /** What becomes of the last of them: it stands, it is torn, or all that was not synced is lost with it. */
  readonly leaves: 'whole' | 'torn' | 'synced';
}

/** The same lines as one process sees them, which dies at a chosen one. */
export function ledgerOf(lines: MemoryLedger, process: MemoryProcess, cut?: LedgerCut): Ledger {
  let written = 0;
  return {
    async append(line, durable) {
      process.check();
      await lines.append(line, durable);
      written += 1;
      if (written !== cut?.after) return;
      if (cut.leaves === 'torn') lines.tear();
      if (cut.leaves === 'synced') lines.losePower();
      process.die();
    },
    lines: () => lines.lines(),
  };
}
