// The server log as a story: what was said since the server was last started, or since it last streamed.

import type { LogEntry } from '../../postgres/log-line.ts';
import { type MessageName, recogniseAll } from '../../postgres/messages.ts';
import type { LogLine, NodeEvidence } from './evidence.ts';
import type { Seen } from './finding.ts';

/** An entry can say two things: a message, and in its DETAIL where WAL ended. */
export function logLines(entry: LogEntry & { readonly file: string }): LogLine[] {
  const { file, offset, message: text, severity, time, detail } = entry;
  const told = {
    ...(severity && { severity }),
    ...(time !== undefined && { time }),
    ...(detail !== undefined && { detail }),
  };
  const known = recogniseAll(entry);
  return (known.length === 0 ? [undefined] : known).map(message => ({ file, offset, text, message, ...told }));
}

type Names = readonly MessageName[];

const says = (line: LogLine, names: Names): boolean => line.message !== undefined && names.includes(line.message.name);

/** The lines behind the last of these messages; all of them where there is none. */
export function since({ lines }: NodeEvidence, names: Names): readonly LogLine[] {
  return lines.slice(lines.findLastIndex(line => says(line, names)) + 1);
}

/** Since the server was last started: what was before says nothing about now. */
export const thisBoot = (node: NodeEvidence): readonly LogLine[] => since(node, ['server-starting']);

export const firstOf = (lines: readonly LogLine[], names: Names): LogLine | undefined =>
  lines.find(line => says(line, names));

export const lastOf = (lines: readonly LogLine[], names: Names): LogLine | undefined =>
  lines.findLast(line => says(line, names));

/** The last line of each of these messages, as they follow one another in the log. */
export function lastOfEach(lines: readonly LogLine[], names: Names): LogLine[] {
  const found = new Set(names.map(name => lastOf(lines, [name])));
  return lines.filter(line => found.has(line));
}

/** A line as evidence. */
export function quoted({ node }: NodeEvidence, line: LogLine): Seen {
  const severity = line.severity === undefined ? '' : `${line.severity}:  `;
  const detail = line.detail === undefined ? '' : ` (${line.detail.replaceAll('\n', ' ')})`;
  return {
    on: node,
    file: line.file,
    offset: line.offset,
    text: `${severity}${line.text.split('\n')[0] ?? ''}${detail}`,
  };
}

export const quotedEach = (node: NodeEvidence, lines: readonly (LogLine | undefined)[]): Seen[] =>
  lines.filter(line => line !== undefined).map(line => quoted(node, line));
