// The server log as CSV (`log_destination = csvlog`).
import { parseSeverity } from './log-entry.ts';
import type { LogEntry, ParsedLog } from './log-entry.ts';

/** Positions of the columns (manual 19.8.4); the backend type is there from 13 on. */
const column = {
  time: 0,
  pid: 3,
  severity: 11,
  sqlstate: 12,
  message: 13,
  detail: 14,
  hint: 15,
  context: 18,
  statement: 19,
  backend: 23,
};

/**
 * Reads `bytes`, whose first lies at `offset` in the file. A record may span lines, inside quotes. Where a line at the
 * beginning of a record does not begin with a time, reading started in the middle of a record, and the line is passed over.
 */
export function parseCsvLog(bytes: Buffer, offset: number): ParsedLog {
  const entries: LogEntry[] = [];
  let start = 0;
  for (;;) {
    const lineEnd = bytes.indexOf(0x0a, start);
    if (lineEnd < 0) break;
    const begins = /^\d{4,}-\d\d-\d\d /.test(bytes.toString('latin1', start, Math.min(lineEnd, start + 20)));
    const end = begins ? recordEnd(bytes, start) : lineEnd;
    if (end < 0) break;
    const entry = begins ? csvEntry(columns(bytes.toString('utf8', start, end)), offset + start) : undefined;
    if (entry) entries.push(entry);
    start = end + 1;
  }
  return { entries, rest: offset + start };
}

/** The newline that ends the record: the first one outside quotes. A doubled quote inside closes and opens again. */
function recordEnd(bytes: Buffer, start: number): number {
  let quoted = false;
  for (let at = start; at < bytes.length; at += 1) {
    if (bytes[at] === 0x22) quoted = !quoted;
    else if (bytes[at] === 0x0a && !quoted) return at;
  }
  return -1;
}

function columns(record: string): string[] {
  const values: string[] = [];
  for (const [, quoted, plain] of record.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)) {
    values.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
  }
  return values;
}

function csvEntry(values: readonly string[], offset: number): LogEntry | undefined {
  const value = (name: keyof typeof column): string | undefined => values[column[name]] || undefined;
  const pid = Number(value('pid'));
  const severity = parseSeverity(value('severity'));
  if (values.length < 23 || !Number.isInteger(pid) || !severity) return undefined;
  const [time, sqlstate, detail, hint] = [value('time'), value('sqlstate'), value('detail'), value('hint')];
  const [context, statement, backend] = [value('context'), value('statement'), value('backend')];
  return {
    message: value('message') ?? '',
    severity,
    pid,
    offset,
    ...(time !== undefined && { time }),
    ...(sqlstate !== undefined && sqlstate !== '00000' && { sqlstate }),
    ...(detail !== undefined && { detail }),
    ...(hint !== undefined && { hint }),
    ...(context !== undefined && { context }),
    ...(statement !== undefined && { statement }),
    ...(backend !== undefined && { backend }),
  };
}
