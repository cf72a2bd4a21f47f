// A queue between who makes bytes and a store that takes them; an error on either side reaches the other.

/** From this size on a piece is written by itself: to join it to others would cost a copy. */
const large = 128 * 1024;
const joined = 2 * large;

interface Waiting {
  /** How many pieces must be done with. */
  readonly pieces: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Whoever pushes waits until his bytes are done with; whoever iterates gets them in order, small pieces joined, for a write of its own for each file of 8 kB would
 * cost more than the bytes. When the iterating ends early (a full disk), `broken` lets the pushes fail with the reason.
 */
export class Channel implements AsyncIterable<Uint8Array> {
  readonly #queue: Uint8Array[] = [];
  #pushed = 0;
  #taken = 0;
  #closed = false;
  #failed: { readonly error: unknown } | undefined;
  #broken: { readonly error: unknown } | undefined;
  #wakeTaker: (() => void) | undefined;
  readonly #waiting: Waiting[] = [];

  /** Resolves when whoever iterates has done with them: until then the bytes must not change. */
  push(pieces: readonly Uint8Array[]): Promise<void> {
    this.#queue.push(...pieces);
    this.#pushed += pieces.length;
    this.#wakeTaker?.();
    return new Promise((resolve, reject) => {
      if (this.#broken) reject(asError(this.#broken.error));
      else this.#waiting.push({ pieces: this.#pushed, resolve, reject });
    });
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
    for (const { reject } of this.#waiting.splice(0)) reject(asError(error));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      // What was given before is written by now.
      while ((this.#waiting[0]?.pieces ?? Infinity) <= this.#taken) this.#waiting.shift()?.resolve();
      if (this.#failed !== undefined) throw this.#failed.error;
      const next = this.#take();
      if (next !== undefined) yield next;
      else if (this.#closed) return;
      else await new Promise<void>(resolve => (this.#wakeTaker = resolve));
    }
  }

  #take(): Uint8Array | undefined {
    let [count, length] = [0, 0];
    for (const { length: more } of this.#queue) {
      if (count > 0 && (more >= large || length + more > joined)) break;
      count += 1;
      length += more;
      if (more >= large) break;
    }
    const pieces = this.#queue.splice(0, count);
    this.#taken += count;
    return count > 1 ? Buffer.concat(pieces, length) : pieces[0];
  }
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
