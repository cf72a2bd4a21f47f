// Output kept in memory up to a limit: its beginning and its end, for these two tell what a program wanted and why it failed.

import type { Bytes } from '../time.ts';
import { bytes, showBytes } from '../time.ts';

/** What is kept of a program's output; the whole of it goes to a file where one is named. */
export const outputCap: Bytes = bytes(1024 * 1024);

/** Takes any number of pieces and gives back at most `cap` bytes, with a line in the middle that says what is missing. */
export class Capped {
  readonly #half: number;
  #head: Buffer[] = [];
  #headSize = 0;
  #tail: Buffer[] = [];
  #tailSize = 0;
  #size = 0;

  constructor(cap: Bytes = outputCap) {
    this.#half = Math.floor(cap / 2);
  }

  /** Bytes seen, kept or not. */
  get size(): Bytes {
    return bytes(this.#size);
  }

  add(piece: Buffer): void {
    this.#size += piece.length;
    const room = this.#half - this.#headSize;
    if (room > 0) {
      const part = piece.subarray(0, room);
      this.#head.push(part);
      this.#headSize += part.length;
    }
    if (piece.length > room) this.#addTail(room > 0 ? piece.subarray(room) : piece);
  }

  /** Counts bytes that were seen elsewhere, in the middle. */
  skip(missing: number): void {
    this.#size += missing;
  }

  take(): Buffer {
    const missing = this.#size - this.#headSize - Math.min(this.#tailSize, this.#half);
    const tail = Buffer.concat(this.#tail);
    if (missing <= 0) return Buffer.concat([...this.#head, tail]);
    const said = Buffer.from(`\n[${showBytes(bytes(missing))} of output left out here]\n`);
    return Buffer.concat([...this.#head, said, tail.subarray(tail.length - this.#half)]);
  }

  #addTail(piece: Buffer): void {
    this.#tail.push(piece);
    this.#tailSize += piece.length;
    for (let first = this.#tail[0]; first && this.#tailSize - first.length >= this.#half; first = this.#tail[0]) {
      this.#tail.shift();
      this.#tailSize -= first.length;
    }
  }
}
