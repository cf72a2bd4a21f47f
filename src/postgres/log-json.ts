// The server log as one JSON object per line (`log_destination = jsonlog`, 15 and later).
import { endOfLines, finishedLines, parseSeverity } from './log-entry.ts';
import type { LogEntry, ParsedLog } from './log-entry.ts';

/** Reads `bytes`, whose first lies at `offset` in the file. A line that is no object with a message is passed over. */
export function parseJsonLog(bytes: Buffer, offset: number): ParsedLog {
  const entries: LogEntry[] = [];
  for (const { text, at } of finishedLines(bytes)) {
    const entry = jsonEntry(text, offset + at);
    if (entry) entries.push(entry);
  }
  return { entries, rest: offset + endOfLines(bytes) };
}

/** The keys are those of the manual, 19.8.5. Keys without a value are left out by the server. */
function jsonEntry(line: string, offset: number): LogEntry | undefined {
  const record = parseObject(line);
  if (!record) return undefined;
  const text = (key: string): string | undefined => {
    const value = record[key];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const severity = parseSeverity(text('error_severity'));
  if (!severity) return undefined;
  const [time, sqlstate, detail, hint] = [text('timestamp'), text('state_code'), text('detail'), text('hint')];
  const [context, statement, backend] = [text('context'), text('statement'), text('backend_type')];
  return {
    message: text('message') ?? '',
    severity,
    offset,
    ...(typeof record['pid'] === 'number' && { pid: record['pid'] }),
    ...(time !== undefined && { time }),
    ...(sqlstate !== undefined && sqlstate !== '00000' && { sqlstate }),
    ...(detail !== undefined && { detail }),
    ...(hint !== undefined && { hint }),
    ...(context !== undefined && { context }),
    ...(statement !== undefined && { statement }),
    ...(backend !== undefined && { backend }),
  };
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
