// Bytes fed to a program that runs on another machine: small pieces joined, no more at once than it takes, and its complaint told where it ends too early.

import { once } from 'node:events';
import { Capped } from './capped.ts';
import type { Done } from './exec.ts';
import type { Running } from './shell.ts';

/** A write of its own for each header and small file would cost more than the bytes. */
const piece = 256 * 1024;

export class Feeding {
  readonly #running: Running;
  readonly #stderr = new Capped();
  readonly #gone = new AbortController();
  #held: Buffer[] = [];
  #size = 0;

  constructor(running: Running) {
    this.#running = running;
    running.stdin.on('error', () => undefined);
    running.stdout.resume();
    running.stderr.on('data', (text: Buffer) => {
      this.#stderr.add(text);
    });
    void running.ended.then(() => this.#gone.abort());
  }

  /** Whether it has ended: what is fed from now on is lost. */
  get over(): boolean {
    return this.#gone.signal.aborted;
  }

  /** Resolves when there is room for more, or when it has ended. */
  async feed(bytes: Buffer): Promise<void> {
    this.#held.push(bytes);
    this.#size += bytes.length;
    if (this.#size >= piece) await this.#send();
  }

  /** No more comes; how it ended. */
  async end(): Promise<Done> {
    await this.#send();
    this.#running.stdin.end();
    const end = await this.#running.ended;
    if (end.is === 'cut') return end;
    return { is: 'ended', code: end.code, stdout: Buffer.alloc(0), stderr: this.#stderr.take() };
  }

  drop(): void {
    this.#running.drop();
  }

  async #send(): Promise<void> {
    const bytes = this.#held.length === 1 ? this.#held[0] : Buffer.concat(this.#held);
    this.#held = [];
    this.#size = 0;
    if (this.over || bytes === undefined || bytes.length === 0 || this.#running.stdin.write(bytes)) return;
    await once(this.#running.stdin, 'drain', { signal: this.#gone.signal }).catch(() => undefined);
  }
}
