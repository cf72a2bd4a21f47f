// Calls made one after the other while more of them arrive; who brings them is told to wait where too much has gathered.

/** Whose reading can be held up. */
export interface Source {
  pause(): void;
  resume(): void;
}

interface Work {
  readonly call: () => Promise<void> | void;
  readonly weight: number;
}

export class Lane {
  readonly #source: Source;
  readonly #limit: number;
  readonly #failed: () => void;
  readonly #queue: Work[] = [];
  #weight = 0;
  #paused = false;
  #running: Promise<void> | undefined;
  #error: { readonly is: unknown } | undefined;

  /** `limit`: bytes that may wait. `failed`: one of the calls threw, and no other will be made. */
  constructor(source: Source, limit: number, failed: () => void) {
    this.#source = source;
    this.#limit = limit;
    this.#failed = failed;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Nothing waits, and nothing is under way. */
  get idle(): boolean {
    return this.#running === undefined && this.#error === undefined;
  }

  push(call: Work['call'], weight = 0): void {
    if (this.#error) return;
    this.#queue.push({ call, weight });
    this.#weight += weight;
    if (this.#weight > this.#limit && !this.#paused) {
      this.#paused = true;
      this.#source.pause();
    }
    this.#running ??= this.#run();
  }

  /** Once every call was made; throws what one of them threw. */
  async done(): Promise<void> {
    while (this.#running) await this.#running;
    if (this.#error) throw this.#error.is;
  }

  async #run(): Promise<void> {
    // Not within the call of whoever pushes, who may stand in the middle of a parser.
    await Promise.resolve();
    try {
      for (let work = this.#queue.shift(); work; work = this.#queue.shift()) {
        await work.call();
        this.#lighten(work.weight);
      }
    } catch (error) {
      this.#error = { is: error };
      this.#queue.length = 0;
      this.#failed();
    } finally {
      this.#running = undefined;
    }
  }

  #lighten(weight: number): void {
    this.#weight -= weight;
    if (this.#paused && this.#weight <= this.#limit / 2) {
      this.#paused = false;
      this.#source.resume();
    }
  }
}
