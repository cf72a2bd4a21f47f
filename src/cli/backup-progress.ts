// The talk of a backup on stderr: a line that is written over on a terminal, one every few seconds elsewhere.

import { backupNewsText, backupProgressText } from '../report/backup-news-text.ts';
import type { BackupNews } from '../repo/backup-news.ts';
import type { Terminal } from './terminal.ts';

/** Milliseconds between two lines where they cannot be written over. */
const pause = 5000;

export class BackupTalk {
  readonly #terminal: Terminal;
  readonly #ticks: () => number;
  #told: number | undefined;
  #open = false;
  #last = '';

  /** `ticks`: milliseconds from any beginning. */
  constructor(terminal: Terminal, ticks: () => number) {
    this.#terminal = terminal;
    this.#ticks = ticks;
  }

  readonly hear = (news: BackupNews): void => {
    if (news.is !== 'progress') {
      const text = backupNewsText(news);
      if (text !== null) this.line(text);
    } else if (this.#terminal.interactive) {
      this.#open = true;
      this.#terminal.err(`\r${backupProgressText(news).slice(0, this.#terminal.width - 1)}\u001b[K`);
    } else if (this.#ticks() - (this.#told ??= this.#ticks()) >= pause) {
      this.#told = this.#ticks();
      this.#terminal.err(`${backupProgressText(news)}\n`);
    }
  };

  /** The same thing again is not said again: what is tried every few seconds may fail for as long. */
  line(text: string): void {
    if (text === this.#last) return;
    this.#last = text;
    this.#terminal.err(`${this.#open ? '\n' : ''}${text}\n`);
    this.#open = false;
  }
}
