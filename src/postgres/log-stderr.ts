// The plain server log: lines under a prefix, continued by lines that begin with a tab.
import { endOfLines, finishedLines, parseSeverity } from './log-entry.ts';
import type { LogEntry, ParsedLog } from './log-entry.ts';
import { guessPrefix, prefixMatcher } from './log-prefix.ts';
import type { PrefixFields } from './log-prefix.ts';

type Draft = { -readonly [K in keyof LogEntry]: LogEntry[K] };
type Part = 'message' | 'detail' | 'hint' | 'context' | 'statement';

/** What follows a message, and where it is kept; QUERY, LOCATION and BACKTRACE are read and passed over. */
const parts: Record<string, Part | undefined> = {
  DETAIL: 'detail',
  HINT: 'hint',
  CONTEXT: 'context',
  STATEMENT: 'statement',
};

/** Reads `bytes`, whose first lies at `offset` in the file. See {@link LogEntry} and `parseLog`. */
export function parseStderrLog(bytes: Buffer, offset: number, prefix?: string): ParsedLog {
  const known = prefix === undefined ? undefined : prefixMatcher(prefix);
  const entries: Draft[] = [];
  /** The entry that each process wrote last: several write at once, and a DETAIL belongs to its own process's message. */
  const latest = new Map<number | undefined, Draft>();
  let continued: ((text: string) => void) | undefined;

  for (const { text, at } of finishedLines(bytes)) {
    // append_with_tabs() puts a tab after every newline inside a message, so nothing else begins with one.
    if (text.startsWith('\t')) {
      continued?.(text.slice(1));
      continue;
    }
    const head = known?.(text) ?? guessPrefix(text);
    const match = head && /^([A-Z]+): {2}(.*)$/s.exec(head.rest);
    if (!match) {
      continued = undefined;
      continue;
    }
    const [, word = '', body = ''] = match;
    const severity = parseSeverity(word);
    if (severity) {
      const entry: Draft = { ...message(body, head.fields), severity, offset: offset + at };
      entries.push(entry);
      latest.set(entry.pid, entry);
      continued = more(entry, 'message');
      continue;
    }
    const part = parts[word];
    let owner = latest.get(head.fields.pid);
    if (part === undefined) {
      continued = undefined;
      continue;
    }
    if (!owner) {
      owner = { message: '', ...head.fields, offset: offset + at };
      entries.push(owner);
      latest.set(owner.pid, owner);
    }
    owner[part] = body;
    continued = more(owner, part);
  }
  return { entries, rest: offset + endOfLines(bytes) };
}

function more(entry: Draft, part: Part): (text: string) => void {
  return text => {
    entry[part] = `${entry[part] ?? ''}\n${text}`;
  };
}

/** With `log_error_verbosity = verbose` the SQLSTATE stands before the message; every SQLSTATE has a digit, words have none. */
function message(body: string, fields: PrefixFields): Omit<LogEntry, 'severity' | 'offset'> {
  const verbose = /^(?=[A-Z]*\d)([0-9A-Z]{5}): (.*)$/s.exec(body);
  if (!verbose) return { message: body, ...fields };
  const [, sqlstate = '', text = ''] = verbose;
  return { message: text, ...fields, ...(sqlstate !== '00000' && { sqlstate }) };
}
