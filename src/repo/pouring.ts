// A thing that is written to the store while its bytes are still being made.

import { Channel } from './channel.ts';

export class Pouring {
  readonly #channel = new Channel();
  /** Resolves when the store is done with it, well or not. */
  readonly over: Promise<void>;
  #failed: { readonly error: unknown } | undefined;

  constructor(put: (content: AsyncIterable<Uint8Array>) => Promise<unknown>) {
    this.over = put(this.#channel).then(
      () => undefined,
      (error: unknown) => {
        this.#failed = { error };
        this.#channel.broken(error);
      },
    );
  }

  /** Queued at once; resolves when the store has done with them, and they may change. Rejects with what the store failed with. */
  push(...pieces: readonly Uint8Array[]): Promise<void> {
    return this.#channel.push(pieces);
  }

  /** Nothing more comes. */
  close(): void {
    this.#channel.close();
  }

  /** All of it is durable when it resolves. */
  async finished(): Promise<void> {
    await this.over;
    if (this.#failed !== undefined) throw this.#failed.error;
  }

  /** The store leaves nothing of it behind, unless it was done with it already. */
  async abort(why: unknown): Promise<void> {
    this.#channel.fail(why);
    await this.over;
  }
}
