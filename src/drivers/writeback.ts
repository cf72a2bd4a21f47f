// Has the kernel write to the disk while there is still more to come.

import type { FileHandle } from 'node:fs/promises';

/** Large enough for a disk to work on, and no more than it takes in half a second. */
const every = 32 * 1024 * 1024;

/**
 * Left to itself Linux begins when a tenth of the memory is dirty, or after half a minute (dirty_background_ratio,
 * dirty_expire_centisecs): the end of a restore then waits for the disk, which has been idle till then. One file at a time: a
 * flush holds a thread of the pool that others need for their work.
 */
export class Writeback {
  #dirty = 0;
  #failed: { readonly error: unknown } | undefined;
  #under: { readonly file: FileHandle; readonly done: Promise<void> } | undefined;

  wrote(file: FileHandle, length: number): void {
    this.#dirty += length;
    if (this.#dirty < every || this.#under !== undefined) return;
    this.#dirty = 0;
    const over = (): void => {
      this.#under = undefined;
    };
    const done = file.datasync().then(over, (error: unknown) => {
      over();
      this.#failed ??= { error };
    });
    this.#under = { file, done };
  }

  /** Before the file is closed. Throws what a flush failed with: Linux tells that once, and a later one would say that all is well. */
  async left(file: FileHandle): Promise<void> {
    if (this.#under?.file === file) await this.#under.done;
    if (this.#failed) throw this.#failed.error;
  }
}
