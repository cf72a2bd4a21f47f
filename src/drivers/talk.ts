// Reads what a running script says piece by piece: marked lines first, then bytes that were announced.

import { type Duration } from '../time.ts';
import { Capped } from './capped.ts';
import type { Running } from './shell.ts';

export interface Said {
  readonly name: string;
  readonly words: string;
}

export class Talk {
  readonly #running: Running;
  readonly #start: string;
  readonly #pieces: AsyncIterator<Buffer>;
  readonly #stderr = new Capped();
  #rest: Buffer = Buffer.alloc(0);

  constructor(running: Running, mark: string) {
    this.#running = running;
    this.#start = `@${mark} `;
    this.#pieces = running.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    running.stderr.on('data', (piece: Buffer) => {
      this.#stderr.add(piece);
    });
  }

  /** The next marked line; undefined at the end, or where the deadline passed. */
  async next(within?: Duration): Promise<Said | undefined> {
    const timer = within === undefined ? undefined : setTimeout(() => this.#running.drop(), within);
    try {
      for (;;) {
        const line = await this.#line();
        if (line === undefined) return undefined;
        if (!line.startsWith(this.#start)) continue;
        const [name = '', ...words] = line.slice(this.#start.length).split(' ');
        return { name, words: words.join(' ') };
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async lines(count: number): Promise<string[]> {
    const lines: string[] = [];
    while (lines.length < count) lines.push((await this.#line()) ?? '');
    return lines;
  }

  /** The lines before the marked line of that name. */
  async until(name: string): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.#line();
      if (line === undefined || line === `${this.#start}${name}`) return lines;
      lines.push(line);
    }
  }

  /** So many bytes, as they come; fewer where the stream ends. */
  async *bytes(size: number): AsyncGenerator<Buffer> {
    for (let left = size; left > 0;) {
      if (this.#rest.length === 0 && !(await this.#more())) return;
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  /** For people: the last words on stderr. */
  complaint(): string {
    const text = this.#stderr.take().toString().trim();
    return text.split('\n').slice(-3).join(' · ') || 'it ended without a word';
  }

  async #line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#rest.indexOf(0x0a);
      if (end >= 0) {
        const line = this.#rest.toString('utf8', 0, end);
        this.#rest = this.#rest.subarray(end + 1);
        return line;
      }
      if (!(await this.#more())) return undefined;
    }
  }

  async #more(): Promise<boolean> {
    const next = await this.#pieces.next();
    if (next.done === true) return false;
    this.#rest = this.#rest.length === 0 ? next.value : Buffer.concat([this.#rest, next.value]);
    return true;
  }
}
