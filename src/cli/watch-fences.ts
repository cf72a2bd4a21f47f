// Fences that are owed, beside the monitor's rounds: tried in each of them, told when something changes.

import type { NodeName } from '../ports.ts';
import { type Owing, type Paid, payFences } from './pay-fences.ts';

export class WatchedFences {
  readonly #owing: Owing;
  readonly #tell: (found: Paid | { readonly line: string }) => void;
  readonly #told = new Map<NodeName, Paid['is']>();
  #trying: Promise<void> | undefined;

  /** @param tell hears of each debt once, and again when it stands otherwise */
  constructor(owing: Owing, tell: (found: Paid | { readonly line: string }) => void) {
    this.#owing = owing;
    this.#tell = tell;
  }

  /** In the background, one attempt at a time: it may cost the deadline of a dead host, and no sample waits for it. */
  try(): void {
    this.#trying ??= this.#pay().finally(() => (this.#trying = undefined));
  }

  async finished(): Promise<void> {
    await this.#trying;
  }

  async #pay(): Promise<void> {
    try {
      for (const found of await payFences(this.#owing)) {
        if (this.#told.get(found.node) !== found.is) this.#tell(found);
        this.#told.set(found.node, found.is);
      }
    } catch (error) {
      const line = `what is owed could not be looked at: ${error instanceof Error ? error.message : String(error)}`;
      this.#tell({ line });
    }
  }
}
