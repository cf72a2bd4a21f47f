// A process of Lifeboat in the simulated world: it can die, or lose a connection, at a chosen place.

import type { MemoryTime, Sleeper } from './time.ts';

/** Thrown where the process died: nothing after it happened. */
export class Cut extends Error {
  override readonly name = 'Cut';
}

/**
 * Where in a command: before it is sent; once it runs on its host and has had no effect yet; after its effect and before its
 * end; after its end, so that only the answer is lost. What runs on a host goes on whoever died.
 */
export const points = ['before', 'started', 'effect', 'end'] as const;
export type Point = (typeof points)[number];

export interface Interruption {
  /** Which changing command of this process, from 0. */
  readonly command: number;
  readonly point: Point;
  readonly dies: 'process' | 'connection';
}

export class MemoryProcess implements Sleeper {
  readonly #time: MemoryTime;
  readonly #interruption: Interruption | undefined;
  #dead = false;
  /** Changing commands sent so far. */
  commands = 0;

  constructor(time: MemoryTime, interruption?: Interruption) {
    this.#time = time;
    this.#interruption = interruption;
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** The end, without a farewell: locks stay, nobody is told. */
  die(): never {
    this.#dead = true;
    this.#time.forget(this);
    throw new Cut('the process died');
  }

  /** To be asked before anything that leaves the process. */
  check(): void {
    if (this.#dead) throw new Cut('the process is dead');
  }

  /** The number of one more changing command. */
  next(): number {
    this.check();
    this.commands += 1;
    return this.commands - 1;
  }

  /** True where the connection breaks here; does not return where the process dies here. */
  cut(command: number, point: Point): boolean {
    this.check();
    const one = this.#interruption;
    if (one?.command !== command || one.point !== point) return false;
    return one.dies === 'process' ? this.die() : true;
  }
}
