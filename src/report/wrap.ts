// Breaks text into lines that fit: at spaces, in mid-word only where a word alone is too wide; nothing is left out.

import { columnsOf, harmless, widthOf } from './columns.ts';

/** A break takes the place of exactly one space, so that a quoted argument with two of them can still be told apart. */
export function wrap(text: string, columns: number): string[] {
  return harmless(text)
    .split('\n')
    .flatMap(line => wrapLine(line, Math.max(1, columns)));
}

function wrapLine(line: string, columns: number): string[] {
  const lines: string[] = [];
  let current: string | undefined;
  for (const word of line.split(' ')) {
    const longer: string = current === undefined ? word : `${current} ${word}`;
    if (widthOf(longer) <= columns) {
      current = longer;
      continue;
    }
    if (current !== undefined) lines.push(current);
    const pieces = chop(word, columns);
    current = pieces.pop() ?? '';
    lines.push(...pieces);
  }
  lines.push(current ?? '');
  return lines;
}

/** A path or a quoted script without spaces can be wider than the screen. */
function chop(word: string, columns: number): string[] {
  const pieces: string[] = [];
  let piece = '';
  let sum = 0;
  for (const character of word) {
    const more = columnsOf(character);
    if (sum + more > columns && piece !== '') {
      pieces.push(piece);
      piece = '';
      sum = 0;
    }
    piece += character;
    sum += more;
  }
  return [...pieces, piece];
}

/** Narrower than this a hanging text cannot be read: its head then gets a line of its own. */
const leastRoom = 24;

/**
 * A head, and a text that hangs behind it: further lines are indented as far as the head reaches.
 *
 * @param dress Colours each line of the text, after it was measured.
 */
export function hang(
  head: string,
  text: string,
  width: number,
  dress: (line: string) => string = line => line,
): string[] {
  const indent = widthOf(head);
  if (width - indent < leastRoom && indent > 4) {
    const own = head.trim() === '' ? [] : wrap(head.trimEnd(), width);
    return [...own, ...hang('    ', text, width, dress)];
  }
  return wrap(text, width - indent).map((line, i) => {
    const before = i === 0 ? head : ' '.repeat(indent);
    return line === '' ? before.trimEnd() : before + dress(line);
  });
}
