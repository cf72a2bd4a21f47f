// One entry of the server log, and what all three log formats share.

/** elog.c, error_severity(). DEBUG1 to DEBUG5 are all written as DEBUG. */
export const severities = ['DEBUG', 'LOG', 'INFO', 'NOTICE', 'WARNING', 'ERROR', 'FATAL', 'PANIC'] as const;
export type Severity = (typeof severities)[number];

export interface LogEntry {
  /**
   * The primary message, its lines joined by `\n`. Empty where a DETAIL, HINT or STATEMENT was read whose message lies before
   * the offset that reading began at.
   */
  readonly message: string;
  readonly severity?: Severity;
  readonly detail?: string;
  readonly hint?: string;
  readonly context?: string;
  readonly statement?: string;
  readonly pid?: number;
  /** The backend type as PostgreSQL names it (`startup`, `walreceiver`, `client backend`): in csvlog, jsonlog and with `%b`. */
  readonly backend?: string;
  /** As written by the server, in `log_timezone`; `%n` gives seconds since 1970. */
  readonly time?: string;
  readonly sqlstate?: string;
  /** Where the entry's first byte lies in the file. */
  readonly offset: number;
}

export interface ParsedLog {
  readonly entries: readonly LogEntry[];
  /** Offset of the first byte not consumed: the beginning of a line not yet finished, or the end. Read on from here. */
  readonly rest: number;
}

/** Reads a severity as the log spells it; undefined where it is none (in a log that is not in English). */
export function parseSeverity(text: string | undefined): Severity | undefined {
  return severities.find(known => known === text);
}

export interface Line {
  readonly text: string;
  /** Of its first byte, within the buffer. */
  readonly at: number;
}

/**
 * The finished lines of a buffer, without their newline. No encoding that a PostgreSQL server can have uses byte 0x0A inside
 * a character (manual 23.3.1), so lines may be cut before decoding.
 */
export function* finishedLines(bytes: Buffer): Generator<Line> {
  for (let at = 0; ;) {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0) return;
    yield { text: bytes.toString('utf8', at, end).replace(/\r$/, ''), at };
    at = end + 1;
  }
}

/** Offset after the last finished line. */
export function endOfLines(bytes: Buffer): number {
  return bytes.lastIndexOf(0x0a) + 1;
}
