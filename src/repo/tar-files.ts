// A tar stream → its entries and their contents, piece by piece and without copying. Pure.

import { Fault } from '../faults.ts';
import { readTarHeader, tarBlock, type TarEntry } from './tar-header.ts';

/** An entry; then, where it is a file, its content in as many buffers as it comes in. */
export type TarPiece = TarEntry | Buffer;

/** Reads one archive. tar-stream takes about twice as long for small files, and decides by itself when the next entry may come. */
export class TarFiles {
  readonly #archive: string;
  readonly #header = Buffer.alloc(tarBlock);
  #filled = 0;
  #name = '';
  #content = 0;
  #padding = 0;
  #over = false;

  /** `archive`: its name, for messages. */
  constructor(archive: string) {
    this.#archive = archive;
  }

  /** What the next bytes of the archive bring; the buffers are parts of `chunk`. All of it must be taken before the next call. */
  *read(chunk: Buffer): Generator<TarPiece, void, undefined> {
    let at = 0;
    while (at < chunk.length) {
      const rest = chunk.length - at;
      if (this.#content > 0) {
        const taken = Math.min(rest, this.#content);
        this.#content -= taken;
        yield chunk.subarray(at, at + taken);
        at += taken;
      } else if (this.#padding > 0) {
        const skipped = Math.min(rest, this.#padding);
        this.#padding -= skipped;
        at += skipped;
      } else {
        const taken = Math.min(rest, tarBlock - this.#filled);
        chunk.copy(this.#header, this.#filled, at, at + taken);
        this.#filled += taken;
        at += taken;
        if (this.#filled === tarBlock) {
          const entry = this.#next();
          if (entry !== null) yield entry;
        }
      }
    }
  }

  /** Throws a Fault `failed` where the archive ends within an entry. PostgreSQL 13 and 14 send none of the empty blocks at the end (basebackup.c). */
  end(): void {
    if (this.#content > 0 || this.#padding > 0 || this.#filled > 0) {
      throw new Fault('failed', `the tar stream ${this.#archive} ends within "${this.#name}"`);
    }
  }

  #next(): TarEntry | null {
    this.#filled = 0;
    const entry = readTarHeader(this.#header, this.#archive);
    if (entry === null) {
      this.#over = true;
      return null;
    }
    if (this.#over)
      throw new Fault('failed', `the tar stream ${this.#archive} goes on with "${entry.path}" after its end`);
    this.#name = entry.path;
    this.#content = entry.size;
    this.#padding = (tarBlock - (entry.size % tarBlock)) % tarBlock;
    return entry;
  }
}
