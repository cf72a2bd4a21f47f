// Texts with `${{ … }}` in them: where each expression begins and ends. `$${{` is a literal `${{`.

export type Piece = { readonly text: string } | { readonly expression: string; readonly source: string };

/** The text cut into what stands literally and what is to be evaluated; undefined where an expression has no end. */
export function pieces(text: string): readonly Piece[] | undefined {
  const found: Piece[] = [];
  let literal = '';
  for (let at = 0; at < text.length;) {
    if (text.startsWith('$${{', at)) {
      literal += '${{';
      at += 4;
    } else if (text.startsWith('${{', at)) {
      const end = endOf(text, at + 3);
      if (end === undefined) return undefined;
      if (literal !== '') found.push({ text: literal });
      literal = '';
      found.push({ expression: text.slice(at + 3, end), source: text.slice(at, end + 2) });
      at = end + 2;
    } else {
      literal += text[at] ?? '';
      at += 1;
    }
  }
  if (literal !== '' || found.length === 0) found.push({ text: literal });
  return found;
}

/** Where the closing braces begin; those inside quotes or of a map literal do not count. */
function endOf(text: string, from: number): number | undefined {
  let quote = '';
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const one = text[at] ?? '';
    if (quote !== '') {
      if (one === '\\') at += 1;
      else if (one === quote) quote = '';
    } else if (one === '"' || one === "'") quote = one;
    else if (one === '{') depth += 1;
    else if (one === '}' && depth > 0) depth -= 1;
    else if (one === '}' && text[at + 1] === '}') return at;
  }
  return undefined;
}

export const hasExpression = (value: unknown): value is string => typeof value === 'string' && value.includes('${{');

/** A frozen text as a person reads it. */
export const unescaped = (text: string): string => text.replaceAll('$${{', () => '${{');

/** A literal text, as it must stand in a file so that nothing in it is evaluated. */
export const escaped = (text: string): string => text.replaceAll('${{', () => '$${{');
