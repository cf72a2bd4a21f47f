// The server log as entries, from any of the three formats that PostgreSQL writes.
import { parseCsvLog } from './log-csv.ts';
import type { ParsedLog } from './log-entry.ts';
import { parseJsonLog } from './log-json.ts';
import { parseStderrLog } from './log-stderr.ts';

export type { LogEntry, ParsedLog, Severity } from './log-entry.ts';

/** What `log_destination` can name and a file can hold (manual 19.8.1); jsonlog from 15 on. */
export type LogFormat = 'stderr' | 'csvlog' | 'jsonlog';

export interface LogSource {
  readonly format: LogFormat;
  /** The server's `log_line_prefix`, for `stderr`. Without it a line is known by its severity. */
  readonly prefix?: string;
  /** Where the first byte of the text lies in the file. */
  readonly offset: number;
}

/**
 * Reads a piece of a server log. Only finished lines count; what is no entry (the output of a restore_command in the stderr
 * log, a record cut at its head) is passed over. Give the bytes as they are on disk: text that was decoded with replacement
 * characters no longer has the file's offsets.
 */
export function parseLog(text: string | Uint8Array, source: LogSource): ParsedLog {
  const bytes = typeof text === 'string' ? Buffer.from(text) : Buffer.from(text.buffer, text.byteOffset, text.length);
  switch (source.format) {
    case 'stderr':
      return parseStderrLog(bytes, source.offset, source.prefix);
    case 'csvlog':
      return parseCsvLog(bytes, source.offset);
    case 'jsonlog':
      return parseJsonLog(bytes, source.offset);
  }
}
