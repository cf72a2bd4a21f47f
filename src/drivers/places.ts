// A queue for a fixed number of places, first come, first served.

import type { Duration } from '../time.ts';

export class Places {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  /** Whether one could be had without waiting. */
  get free(): boolean {
    return this.#free > 0;
  }

  /** The function that gives the place back; undefined where none became free in time. */
  async take(within: Duration): Promise<(() => void) | undefined> {
    if (this.#free > 0) this.#free -= 1;
    else if (!(await this.#turn(within))) return undefined;
    let taken = true;
    return () => {
      if (!taken) return;
      taken = false;
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    };
  }

  #turn(within: Duration): Promise<boolean> {
    return new Promise(resolve => {
      const called = (): void => {
        clearTimeout(timer);
        resolve(true);
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(called), 1);
        resolve(false);
      }, within);
      this.#waiting.push(called);
    });
  }
}
