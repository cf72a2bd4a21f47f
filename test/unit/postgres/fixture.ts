// Genuine output of PostgreSQL 15.18, kept beside the tests.
import { readFileSync } from 'node:fs';
import { parseLog } from '../../../src/postgres/log-line.ts';
import type { LogEntry, LogFormat } from '../../../src/postgres/log-line.ts';
import { recogniseAll } from '../../../src/postgres/messages.ts';
import type { Recognised } from '../../../src/postgres/messages.ts';

/** The `log_line_prefix` of the fixtures. */
export const prefix = '%m [%p] %q%u@%d/%a ';

export function fixture(name: string): Buffer {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url));
}

export function entriesOf(name: string, format: LogFormat = 'stderr'): readonly LogEntry[] {
  return parseLog(fixture(name), { format, prefix, offset: 0 }).entries;
}

export function recognisedIn(name: string, format: LogFormat = 'stderr'): Recognised[] {
  return entriesOf(name, format).flatMap(recogniseAll);
}

/** Lines as a person quotes them, `FATAL:  …` or bare, as recognised messages. */
export function quoted(...lines: readonly string[]): Recognised[] {
  const text = lines.map(line => (/^[A-Z]+: {2}/.test(line) ? line : `LOG:  ${line}`)).join('\n');
  return parseLog(`${text}\n`, { format: 'stderr', prefix: '', offset: 0 }).entries.flatMap(recogniseAll);
}
