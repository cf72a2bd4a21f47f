// The log of a simulated server: PostgreSQL's own wording in its stderr format, read back by the same parser as a real one.

import type { LogPlace, LogRead } from '../../ports.ts';
import { parseLog, type Severity } from '../../postgres/log-line.ts';
import type { Instant } from '../../time.ts';

const prefix = '%m [%p] ';

export class ServerLog {
  #text = '';
  readonly #file: string;
  readonly #inode: number;

  constructor(file: string, inode: number) {
    this.#file = file;
    this.#inode = inode;
  }

  write(at: Instant, pid: number, message: string, severity: Severity = 'LOG'): void {
    this.#text += `${at.replace('T', ' ').replace('Z', ' UTC')} [${String(pid)}] ${severity}:  ${message}\n`;
  }

  /** What a restore_command prints stands between the server's own lines. */
  noise(line: string): void {
    this.#text += `${line}\n`;
  }

  end(): LogPlace {
    return { file: this.#file, inode: this.#inode, offset: this.#text.length };
  }

  read(from: LogPlace): LogRead {
    const offset = from.inode === this.#inode ? from.offset : 0;
    const { entries } = parseLog(this.#text.slice(offset), { format: 'stderr', prefix, offset });
    return { entries: entries.map(entry => ({ ...entry, file: this.#file })), next: this.end() };
  }

  /** The messages, for a person who wonders what happened. */
  get messages(): readonly string[] {
    return this.read({ file: this.#file, inode: this.#inode, offset: 0 }).entries.map(({ message }) => message);
  }
}
