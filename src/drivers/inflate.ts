// Undoes what the server compressed on its way, so that nobody further on knows of it.

import { once } from 'node:events';
import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { Fault } from '../faults.ts';

const chunkSize = 256 * 1024;

/** zlib of Node 22.15 and newer. */
const zstd = (zlib as unknown as { createZstdDecompress?: (options: { chunkSize: number }) => Transform })
  .createZstdDecompress;

/** Throws a Fault, before anything has begun, where this Node cannot undo it. */
export function inflaterOf(compression: 'gzip' | 'lz4' | 'zstd'): () => Transform {
  if (compression === 'gzip') return () => zlib.createGunzip({ chunkSize });
  if (compression === 'zstd' && zstd) return () => zstd({ chunkSize });
  throw new Fault(
    'refused',
    `what the server compressed with ${compression} cannot be read by Node ${process.version}`,
    {
      hint: 'compress with gzip, or not at all',
    },
  );
}

export class Inflate {
  readonly #stream: Transform;
  readonly #read: Promise<void>;

  constructor(stream: Transform, take: (chunk: Buffer) => Promise<void> | void) {
    this.#stream = stream;
    this.#read = this.#all(take);
    this.#read.catch(() => undefined);
  }

  /** Throws where the bytes are damaged, or where `take` threw. */
  async write(chunk: Buffer): Promise<void> {
    if (!this.#stream.write(chunk)) await Promise.race([once(this.#stream, 'drain'), this.#read]);
  }

  async end(): Promise<void> {
    this.#stream.end();
    await this.#read;
  }

  async #all(take: (chunk: Buffer) => Promise<void> | void): Promise<void> {
    for await (const chunk of this.#stream as AsyncIterable<Buffer>) await take(chunk);
  }
}
