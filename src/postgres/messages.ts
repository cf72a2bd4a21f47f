// The catalogue of the messages that Lifeboat knows, and recognising them in the server log.
import type { LogEntry } from './log-entry.ts';
import { endingMessages } from './messages/ending.ts';
import { failingMessages } from './messages/failing.ts';
import { wordingPattern } from './messages/kind.ts';
import type { LogProcess, MessageKind } from './messages/kind.ts';
import { startupMessages } from './messages/startup.ts';
import { stoppingMessages } from './messages/stopping.ts';
import { streamingMessages } from './messages/streaming.ts';

const catalogue = {
  ...endingMessages,
  ...startupMessages,
  ...streamingMessages,
  ...stoppingMessages,
  ...failingMessages,
};

export type MessageName = keyof typeof catalogue;
export type { LogProcess, MessageKind } from './messages/kind.ts';

export const messageNames = Object.keys(catalogue) as readonly MessageName[];

/** The fields a message can carry, by its name: `FieldOf<'streaming-started'>` is `'lsn' | 'timeline'`. */
export type FieldOf<N extends MessageName> = FieldIn<(typeof catalogue)[N]['wordings'][number]>;
type FieldIn<W extends string> = W extends `${string}{${infer F}}${infer Rest}`
  ? Exclude<F, '*'> | FieldIn<Rest>
  : never;

export interface Recognised {
  readonly name: MessageName;
  /** As the log has them: timelines in decimal, LSNs as `X/X`, times in the server's zone. Which ones are there depends on the wording. */
  readonly fields: Readonly<Record<string, string>>;
  readonly pid?: number;
  /** The backend type, where the log tells it. */
  readonly backend?: string;
}

/** What the catalogue says about a name. */
export function messageKind(name: MessageName): MessageKind {
  return catalogue[name];
}

/** In one sentence, for the operator. */
export function meaningOf(name: MessageName): string {
  return catalogue[name].meaning;
}

/** The fields that this name's wordings can carry, in their order. */
export function fieldsOf(name: MessageName): readonly string[] {
  const names = messageKind(name).wordings.flatMap(wording =>
    [...wording.matchAll(/\{([a-z]+)\}/g)].map(match => match[1] ?? ''),
  );
  return [...new Set(names)];
}

/**
 * The name of what an entry says, with its fields; undefined where the catalogue does not know it. The wording must match as a
 * whole, the severity must be one that PostgreSQL writes it with, and where the log tells the backend type it must be the
 * right one: `RAISE LOG 'archive recovery complete'` in a session is no proof of a promotion.
 */
export function recognise(entry: LogEntry): Recognised | undefined {
  return recogniseAll(entry)[0];
}

/** All that an entry says: its message, and then its DETAIL, where that has a name of its own (`end-of-wal`). */
export function recogniseAll(entry: LogEntry): Recognised[] {
  return [find(entry, 'message', entry.message), find(entry, 'detail', entry.detail)].filter(
    found => found !== undefined,
  );
}

interface Pattern {
  readonly name: MessageName;
  readonly kind: MessageKind;
  readonly pattern: RegExp;
}

const patterns: Record<'message' | 'detail', readonly Pattern[]> = {
  message: compile('message'),
  detail: compile('detail'),
};

function compile(place: 'message' | 'detail'): Pattern[] {
  return messageNames
    .filter(name => (messageKind(name).in ?? 'message') === place)
    .sort((a, b) => openings(a) - openings(b))
    .flatMap(name => {
      const kind = messageKind(name);
      return kind.wordings.map(wording => ({ name, kind, pattern: wordingPattern(wording) }));
    });
}

/**
 * A full disk says more than the write that failed on it, so what begins with "anything" is tried first: `no-space` before
 * `cannot-write-file`, `wal-removed` before `stream-lost`.
 */
function openings(name: MessageName): number {
  return messageKind(name).wordings.some(wording => wording.startsWith('{*}')) ? 0 : 1;
}

function find(entry: LogEntry, place: 'message' | 'detail', text: string | undefined): Recognised | undefined {
  if (text === undefined || text === '') return undefined;
  const told = {
    ...(entry.pid !== undefined && { pid: entry.pid }),
    ...(entry.backend !== undefined && { backend: entry.backend }),
  };
  // 53100 is disk_full: the words of the operating system may be in any language.
  if (place === 'message' && entry.sqlstate === '53100') return { name: 'no-space', fields: {}, ...told };
  for (const { name, kind, pattern } of patterns[place]) {
    if (!writtenWith(kind, entry) || !writtenBy(kind.process, entry.backend)) continue;
    const match = pattern.exec(text);
    if (match) return { name, fields: fieldsIn(name, match.groups), ...told };
  }
  return undefined;
}

function writtenWith(kind: MessageKind, entry: LogEntry): boolean {
  return entry.severity === undefined || kind.severity === 'any' || kind.severity.includes(entry.severity);
}

/** Crash recovery can also run in a single process (`postgres --single`, as pg_rewind starts it), which then speaks for all. */
function writtenBy(process: LogProcess, backend: string | undefined): boolean {
  return backend === undefined || process === 'any' || backend === process || backend === 'standalone backend';
}

/** `pitr-starts` always tells its target as text, whatever the kind of target. */
function fieldsIn(name: MessageName, groups: Record<string, string | undefined> = {}): Record<string, string> {
  const fields = Object.fromEntries(
    Object.entries(groups).filter((field): field is [string, string] => field[1] !== undefined),
  );
  if (name !== 'pitr-starts') return fields;
  const target = fields['target'] ?? fields['xid'] ?? fields['lsn'] ?? fields['name'] ?? '';
  return { ...fields, target };
}
