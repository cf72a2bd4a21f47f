// How many columns a text takes on a terminal, and text made safe to be shown there.

const escapes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;

/** East Asian wide and fullwidth forms, and what is shown as an emoji (Unicode TR11). */
const wide =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}])/u;

/** Marks that stand on the character before them, and what is not seen at all. */
const nothing = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]/u;

export const columnsOf = (character: string): number => (nothing.test(character) ? 0 : wide.test(character) ? 2 : 1);

/** Columns of one line; escape sequences take none. */
export function widthOf(line: string): number {
  let sum = 0;
  for (const character of line.replace(escapes, '')) sum += columnsOf(character);
  return sum;
}

/**
 * Text of others (a log line, a command's output) as it may go to a terminal: without escape sequences, with every control
 * character but the line feed made visible, also those that turn the direction of writing and so make a line read otherwise.
 */
export function harmless(text: string): string {
  return text
    .replace(escapes, '')
    .replaceAll('\r\n', '\n')
    .replaceAll('\t', ' ')
    .replace(/(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}

export const padEnd = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - widthOf(text)));

/** The beginning of a line that has more than `columns`, with an ellipsis; for what is shown while it goes on, never for a command. */
export function cut(line: string, columns: number): string {
  if (widthOf(line) <= columns) return line;
  let taken = '';
  let sum = 0;
  for (const character of line) {
    sum += columnsOf(character);
    if (sum > columns - 1) break;
    taken += character;
  }
  return columns < 1 ? '' : `${taken}…`;
}
