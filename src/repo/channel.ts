// A queue between who makes bytes and a store that takes them: bounded, and an error on either side reaches the other.

/**
 * `push` waits while too much lies in it; whoever iterates gets it in order, small pieces joined, for a write of its own for each file of 8 kB would
 * cost more than the bytes. When the iterating ends early (a full disk), `broken` lets the pushes fail with the reason.
 */
export class Channel implements AsyncIterable<Uint8Array> {
  readonly #room: number;
  #queue: Uint8Array[] = [];
  #held = 0;
  #taken = 0;
  #closed = false;
  #failed: { readonly error: unknown } | undefined;
  #broken: { readonly error: unknown } | undefined;
  #wakeTaker: (() => void) | undefined;
  #wakePushers: (() => void)[] = [];

  /** `room`: bytes after which a push waits. */
  constructor(room: number) {
    this.#room = room;
  }

  /** Resolves when there is room again; the bytes must not change until they were taken. */
  async push(bytes: Uint8Array): Promise<void> {
    this.#queue.push(bytes);
    this.#held += bytes.length;
    this.#wakeTaker?.();
    while (this.#held > this.#room && this.#broken === undefined) {
      await new Promise<void>(resolve => this.#wakePushers.push(resolve));
    }
    if (this.#broken !== undefined) throw this.#broken.error;
  }

  /** Nothing more comes. */
  close(): void {
    this.#closed = true;
    this.#wakeTaker?.();
  }

  /** Whoever iterates gets this error instead of what is left. */
  fail(error: unknown): void {
    this.#failed ??= { error };
    this.#wakeTaker?.();
  }

  /** Nobody takes any more: each push fails with this error. */
  broken(error: unknown): void {
    this.#broken ??= { error };
    this.#release();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      // What was given before is written by now.
      this.#held -= this.#taken;
      this.#taken = 0;
      this.#release();
      if (this.#failed !== undefined) throw this.#failed.error;
      const next = this.#take();
      if (next !== undefined) yield next;
      else if (this.#closed) return;
      else await new Promise<void>(resolve => (this.#wakeTaker = resolve));
    }
  }

  #take(): Uint8Array | undefined {
    const first = this.#queue[0];
    if (first === undefined) return undefined;
    let count = 1;
    let length = first.length;
    for (; count < this.#queue.length && length < joined; count += 1) length += this.#queue[count]?.length ?? 0;
    const pieces = this.#queue.splice(0, count);
    this.#taken = length;
    return count === 1 ? first : Buffer.concat(pieces, length);
  }

  #release(): void {
    const waiting = this.#wakePushers;
    this.#wakePushers = [];
    for (const wake of waiting) wake();
  }
}

const joined = 256 * 1024;
