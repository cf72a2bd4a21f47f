// The talk of a restore on stderr: how far it is, redrawn on a terminal, a line every few seconds elsewhere.

import { bytesWords, measured, noRate, type Rate } from '../report/byte-progress.ts';
import type { Written } from '../repo/restore-target.ts';
import { between, type Bytes, type Instant, ms } from '../time.ts';
import type { Terminal } from './terminal.ts';

const [redraw, pause] = [ms(100), ms(5000)];

export class RestoreTalk {
  readonly #terminal: Terminal;
  readonly #now: () => Instant;
  readonly #of: Bytes;
  #rate: Rate = noRate;
  #told: Instant | undefined;
  #open = false;

  constructor(terminal: Terminal, now: () => Instant, of: Bytes) {
    this.#terminal = terminal;
    this.#now = now;
    this.#of = of;
  }

  readonly hear = ({ written, same }: Written): void => {
    const now = this.#now();
    this.#told ??= now;
    if (between(this.#told, now) < (this.#terminal.interactive ? redraw : pause)) return;
    this.#told = now;
    this.#rate = measured(this.#rate, written + same, now);
    const text = bytesWords(written + same, this.#of, this.#rate.rate);
    if (!this.#terminal.interactive) {
      this.#terminal.err(`${text}\n`);
      return;
    }
    this.#open = true;
    this.#terminal.err(`\r${text.slice(0, this.#terminal.width - 1)}\u001b[K`);
  };

  line(text: string): void {
    this.end();
    this.#terminal.err(`${text}\n`);
  }

  end(): void {
    if (this.#open) this.#terminal.err('\r\u001b[K');
    this.#open = false;
  }
}
