// What a script says in sections, each after a line with this call's own mark: neither a login message nor a program's output can pass for one.

import { randomBytes } from 'node:crypto';

export const newMark = (): string => randomBytes(6).toString('hex');

export interface Section {
  readonly name: string;
  /** The words after the name, on the same line. */
  readonly words: string;
  readonly text: string;
  /** Where the section's text begins in the output, for those that hold bytes. */
  readonly at: number;
  /** And where it ends. */
  readonly end: number;
}

/** All sections in their order; what stands before the first is noise. */
export function sections(output: Buffer, mark: string): Section[] {
  const start = Buffer.from(`\n@${mark} `);
  const found: Section[] = [];
  for (let from = output.indexOf(start); from >= 0;) {
    const lineEnd = output.indexOf(0x0a, from + 1);
    if (lineEnd < 0) break;
    const next = output.indexOf(start, lineEnd);
    const end = next < 0 ? output.length : next;
    const line = output.toString('utf8', from + start.length, lineEnd);
    const space = line.indexOf(' ');
    found.push({
      name: space < 0 ? line : line.slice(0, space),
      words: space < 0 ? '' : line.slice(space + 1),
      text: output.toString('utf8', lineEnd + 1, end),
      at: lineEnd + 1,
      end,
    });
    from = next;
  }
  return found;
}
