// The lines that PostgreSQL's programs print with --progress: how much of how much. Pure.

import { bytes, type Bytes } from '../time.ts';

export interface CopyProgress {
  readonly bytes: Bytes;
  readonly of: Bytes;
}

export interface Said {
  /** The last line of progress among them. */
  readonly progress: CopyProgress | undefined;
  /** What else was said, without those lines. */
  readonly rest: string;
}

/**
 * `12345/67890 kB (18%), 0/1 tablespace` of pg_basebackup, `… kB (18%) copied` of pg_rewind, `… verified` of pg_verifybackup
 * (16 and later), `… MB (18%) computed` of pg_checksums. Behind the tablespaces `-v` adds the file.
 */
const line = /^ *(\d+)\/(\d+) (kB|MB) \( *\d+%\)(, \d+\/\d+ tablespaces?\b| (copied|verified|computed|checked)\b)/;

const unit = { kB: 1024, MB: 1024 * 1024 } as const;

/** Undefined where the line says something else, also the progress of a program that does not know how much there is. */
export function copyProgress(text: string): CopyProgress | undefined {
  const [, done, all, name] = line.exec(text) ?? [];
  if (done === undefined || all === undefined) return undefined;
  const size = unit[name as keyof typeof unit];
  return { bytes: bytes(Number(done) * size), of: bytes(Number(all) * size) };
}

/** Tells progress from talk. The lines end with a carriage return where the program writes to a terminal (pg_basebackup.c). */
export function progressIn(text: string): Said {
  let progress: CopyProgress | undefined;
  const rest: string[] = [];
  for (const one of text.split(/\r\n|\r|\n/)) {
    const found = copyProgress(one);
    if (found !== undefined) progress = found;
    else if (one.trim() !== '') rest.push(one);
  }
  return { progress, rest: rest.join('\n') };
}
