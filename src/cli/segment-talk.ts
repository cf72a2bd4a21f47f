// The talk of a command that reads WAL, on stderr: how many segments it has read; silent where that takes no time.

import { between, type Instant, ms } from '../time.ts';
import type { Terminal } from './terminal.ts';

const [first, redraw, pause] = [ms(1000), ms(200), ms(5000)];

export class SegmentTalk {
  readonly #terminal: Terminal;
  readonly #now: () => Instant;
  readonly #began: Instant;
  #told: Instant;
  #open = false;

  constructor(terminal: Terminal, now: () => Instant) {
    this.#terminal = terminal;
    this.#now = now;
    this.#began = this.#told = now();
  }

  readonly hear = (done: number, of: number): void => {
    const now = this.#now();
    const { interactive } = this.#terminal;
    if (between(this.#began, now) < first || between(this.#told, now) < (interactive ? redraw : pause)) return;
    this.#told = now;
    const text = `read ${String(done)} of ${String(of)} segments of WAL`;
    this.#open = interactive;
    this.#terminal.err(interactive ? `\r${text}\u001b[K` : `${text}\n`);
  };

  end(): void {
    if (this.#open) this.#terminal.err('\r\u001b[K');
    this.#open = false;
  }
}
