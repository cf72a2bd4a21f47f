// Entries of a tar stream → blocks of 1 MiB, several of them under way at once, and a line for each entry in the order they came.

import { bytes } from '../time.ts';
import { blockSize, type Block } from './backup.ts';
import { putRecord, recordsFor } from './block-record.ts';
import type { BlockWriter } from './block-writer.ts';
import { blockLength, blocksOf, fileLine, type PackedFile } from './files-codec.ts';
import type { Pouring } from './pouring.ts';
import type { TarEntry } from './tar-header.ts';

/** How many blocks are under way at once: enough for the thread pool, and at most 16 MiB of them. */
const flight = 16;

interface Pending {
  readonly file: PackedFile;
  /** Blocks that are not kept yet. */
  missing: number;
}

export class FileWriter {
  readonly #blocks: BlockWriter;
  readonly #lines: Pouring;
  readonly #free: Buffer[] = [];
  readonly #pending: Pending[] = [];
  #current: Pending | undefined;
  #index = 0;
  #buffer: Buffer | undefined;
  #filled = 0;
  #flying = 0;
  #waiting: (() => void)[] = [];
  #failed: { readonly error: unknown } | undefined;
  #files = 0;
  #size = 0;

  /** `lines` takes those of the `files` object. */
  constructor(blocks: BlockWriter, lines: Pouring) {
    this.#blocks = blocks;
    this.#lines = lines;
  }

  /** Of all files, in bytes. */
  get size(): number {
    return this.#size;
  }

  get files(): number {
    return this.#files;
  }

  /** The next entry. The content of the one before is complete: {@link TarFiles} sees to that. */
  entry(entry: TarEntry): void {
    const count = blocksOf(entry.size);
    this.#current = { file: { ...entry, size: bytes(entry.size), records: recordsFor(count) }, missing: count };
    this.#pending.push(this.#current);
    this.#index = 0;
    this.#size += entry.size;
    if (entry.kind === 'file') this.#files += 1;
    if (count === 0) this.#tellLines();
  }

  /** The next bytes of the current entry: copied before it returns. Throws what an earlier block failed with. */
  content(chunk: Buffer): void {
    const file = this.#current;
    if (file === undefined) throw new Error('content before its entry');
    let at = 0;
    while (at < chunk.length) {
      const length = blockLength(file.file.size, this.#index);
      const buffer = (this.#buffer ??= this.#bufferOf(length));
      const copied = chunk.copy(buffer, this.#filled, at, at + length - this.#filled);
      this.#filled += copied;
      at += copied;
      if (this.#filled < length) continue;
      this.#buffer = undefined;
      this.#filled = 0;
      this.#send(file, buffer.subarray(0, length), buffer);
    }
  }

  /** Undefined where there is room for more; else resolves when there is. */
  room(): Promise<void> | undefined {
    return this.#flying < flight && this.#failed === undefined ? undefined : this.#landed(flight - 1);
  }

  /** Resolves when all blocks are given to the packs and all lines are written. */
  async finish(): Promise<void> {
    await this.#landed(0);
    this.#tellLines();
  }

  /** Nothing of it is under way any more when it resolves. */
  async abort(why: unknown): Promise<void> {
    this.#failed ??= { error: why };
    while (this.#flying > 0) await this.#nextLanding();
  }

  /** Large buffers are used again: to get a new one from the system costs as much as to copy it. */
  #bufferOf(length: number): Buffer {
    return length === blockSize ? (this.#free.pop() ?? Buffer.allocUnsafeSlow(blockSize)) : Buffer.allocUnsafe(length);
  }

  #send(pending: Pending, raw: Buffer, buffer: Buffer): void {
    const index = this.#index;
    this.#index += 1;
    this.#flying += 1;
    void this.#keep(pending, index, raw)
      .then(buffer.length === blockSize ? () => void this.#free.push(buffer) : undefined, this.#fail)
      .finally(this.#land);
  }

  async #keep(pending: Pending, index: number, raw: Buffer): Promise<void> {
    const block: Block = await this.#blocks.keep(pending.file.path, index, raw);
    putRecord(pending.file.records, index, block);
    pending.missing -= 1;
    if (pending.missing === 0) this.#tellLines();
  }

  /** Waits until at most so many are under way. */
  async #landed(most: number): Promise<void> {
    while (this.#flying > most && this.#failed === undefined) await this.#nextLanding();
    if (this.#failed !== undefined) throw this.#failed.error;
  }

  #nextLanding(): Promise<void> {
    return new Promise(resolve => this.#waiting.push(resolve));
  }

  readonly #land = (): void => {
    this.#flying -= 1;
    this.#wake();
  };

  readonly #fail = (error: unknown): void => {
    this.#failed ??= { error };
    this.#wake();
  };

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** The lines of those entries at the head that are complete. */
  #tellLines(): void {
    while (this.#pending[0]?.missing === 0) {
      const { file } = this.#pending.shift() as Pending;
      void this.#lines.push(Buffer.from(fileLine(file))).catch(this.#fail);
    }
  }
}
