// The packs that a backup names: its own, and those of earlier backups in which blocks of it lie. Pure.

import type { BlockPlace } from './backup.ts';
import type { PackPlace } from './read-block.ts';
import type { StoreName } from './store.ts';

export class PackList {
  readonly #numbers = new Map<StoreName, number>();

  get names(): StoreName[] {
    return [...this.#numbers.keys()];
  }

  /** The same place, its pack as a number in this list. */
  placed({ pack, offset, length }: PackPlace): BlockPlace {
    const number = this.#numbers.get(pack) ?? this.#numbers.size;
    if (number === this.#numbers.size) this.#numbers.set(pack, number);
    return { pack: number, offset, length };
  }
}
