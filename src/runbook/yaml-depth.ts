// How deep braces and brackets are nested, told before anything is parsed: hundreds left open keep the parser busy for seconds.

import { Lexer } from 'yaml';

/** Marks that the lexer puts between tokens; they are no part of the text. */
const marks: ReadonlySet<string> = new Set(['\u0002', '\u0018', '\u001F']);

/** Where the nesting first exceeds so many levels; undefined where it never does. */
export function tooDeepAt(text: string, levels: number): number | undefined {
  // Most files have fewer of them in all.
  if ((text.match(/[{[]/g)?.length ?? 0) <= levels) return undefined;
  let depth = 0;
  let at = 0;
  for (const token of new Lexer().lex(text)) {
    if (marks.has(token)) continue;
    if (token === '{' || token === '[') depth += 1;
    if (token === '}' || token === ']') depth = Math.max(0, depth - 1);
    if (depth > levels) return at;
    at += token.length;
  }
  return undefined;
}
