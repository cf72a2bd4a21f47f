// What the catalogue says about one message: its wordings, who writes it, and what it means.
import type { Severity } from '../log-entry.ts';

/** The process that writes a message. One of each lives at a time in a server, but `any`. */
export type LogProcess = 'startup' | 'postmaster' | 'walreceiver' | 'checkpointer' | 'archiver' | 'any';

export interface MessageKind {
  /**
   * The wordings of all versions, as PostgreSQL writes them, with a placeholder for each field: `redo done at {lsn}`. `{*}` is
   * any text that is not kept: process numbers, and what the operating system says, perhaps in the server's language.
   */
  readonly wordings: readonly string[];
  /** Where it stands, if not in the primary message: the DETAIL of a message that has a name of its own. */
  readonly in?: 'detail';
  readonly process: LogProcess;
  /** The severities it is written with; `any` where that depends on who met the failure. */
  readonly severity: readonly Severity[] | 'any';
  /** Messages of other processes that lead to this one, and so come before it in the log where both belong to one story. */
  readonly causes?: readonly string[];
  /** For the operator. */
  readonly meaning: string;
}

/** What a placeholder may stand for; one that is not listed stands for any text. */
const shapes: Record<string, string> = {
  lsn: '[0-9A-F]{1,8}/[0-9A-F]{1,8}',
  redo: '[0-9A-F]{1,8}/[0-9A-F]{1,8}',
  checkpoint: '[0-9A-F]{1,8}/[0-9A-F]{1,8}',
  timeline: String.raw`\d+`,
  parent: String.raw`\d+`,
  xid: String.raw`\d+`,
  code: String.raw`\d+`,
  signal: String.raw`\d+`,
  block: String.raw`\d+`,
  size: String.raw`\d+`,
  wanted: String.raw`\d+`,
  file: '[^"]+?',
  host: '[^"]+?',
  user: '[^"]*?',
  side: 'before|after',
  end: 'commit|abort',
  mode: 'smart|fast|immediate',
  time: String.raw`\S.*?`,
};

/** A wording as a regular expression over the whole text, each placeholder as a named group. */
export function wordingPattern(wording: string): RegExp {
  const pattern = wording.replace(/\{([a-z]+|\*)\}|[\\^$.*+?()[\]{}|/]/g, (piece, name: string | undefined) => {
    if (name === undefined) return `\\${piece}`;
    return name === '*' ? '[^]*?' : `(?<${name}>${shapes[name] ?? '.+?'})`;
  });
  return new RegExp(`^${pattern}$`);
}
