// SHA-256 of blocks of files, read and hashed in threads of their own: to look through what is there already is nothing but that.

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { blockSize } from '../repo/backup.ts';

interface Asked {
  readonly resolve: (hash: Buffer) => void;
  readonly reject: (error: Error) => void;
}

type Answer =
  | { readonly id: number; readonly hash: Uint8Array }
  | { readonly id: number; readonly code: string; readonly message: string };

/** More of them wait for the disk. */
const most = 4;

/** As text, for the command is one file, which knows no other that a thread could begin with. */
const thread = `
  const { parentPort } = require('node:worker_threads');
  const { readSync } = require('node:fs');
  const { createHash } = require('node:crypto');
  const buffer = Buffer.allocUnsafeSlow(${String(blockSize)});
  parentPort.on('message', ({ id, file, at, length }) => {
    try {
      let done = 0;
      for (let more = -1; done < length && more !== 0; done += more) {
        more = readSync(file, buffer, done, length - done, at + done);
      }
      parentPort.postMessage({ id, hash: createHash('sha256').update(buffer.subarray(0, done)).digest() });
    } catch ({ code, message }) {
      parentPort.postMessage({ id, code, message });
    }
  });
`;

/** The threads begin with the first block that is asked for; {@link close} ends them. */
export class BlockHashes {
  readonly #asked = new Map<number, Asked>();
  #workers: readonly Worker[] = [];
  #next = 0;

  /** Of what is there of it, where the file ends before. `file`: its descriptor, which must stay open until this resolves. */
  of(file: number, at: number, length: number): Promise<Buffer> {
    if (this.#workers.length === 0) this.#begin();
    const id = this.#next;
    this.#next += 1;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.#workers[id % this.#workers.length]?.postMessage({ id, file, at, length });
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map(worker => worker.terminate()));
    this.#workers = [];
  }

  #begin(): void {
    const count = Math.min(most, availableParallelism());
    this.#workers = Array.from({ length: count }, () => {
      // It needs none of our options, and a profiler among them would outlive it.
      const worker = new Worker(thread, { eval: true, execArgv: [] });
      worker.on('message', (answer: Answer) => this.#answered(answer));
      worker.on('error', error => this.#lost(error));
      return worker;
    });
  }

  #answered(answer: Answer): void {
    const asked = this.#asked.get(answer.id);
    this.#asked.delete(answer.id);
    if ('hash' in answer) asked?.resolve(Buffer.from(answer.hash));
    else asked?.reject(Object.assign(new Error(answer.message), { code: answer.code }));
  }

  #lost(error: Error): void {
    for (const { reject } of this.#asked.values()) reject(error);
    this.#asked.clear();
  }
}
