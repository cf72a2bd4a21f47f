// `${{ … }}` may stand in a flow mapping without quotes: the characters that YAML would trip over are masked while it parses.

/** The n-th of these is replaced by the n-th character of Unicode's private use area, so that every position stays what it was. */
const tricky = '{}[],:#&*!|>%@`';
const first = 0xe000;

/** Within one line only: a stray `${{` in a comment must not swallow what follows. */
export function mask(text: string): string {
  if (/[\uE000-\uE01F]/.test(text)) return text;
  return text.replace(/\$\{\{[^\n]*?\}\}/g, whole =>
    whole.replace(/[{}\[\],:#&*!|>%@`]/g, one => String.fromCharCode(first + tricky.indexOf(one))),
  );
}

export function unmask(text: string): string {
  return text.replace(/[\uE000-\uE00E]/g, one => tricky[one.charCodeAt(0) - first] ?? one);
}

/** In every text and key of the data. Throws a RangeError where the nesting is deeper than `levels`. */
export function unmaskAll(value: unknown, levels: number): unknown {
  if (levels < 0) throw new RangeError('nested too deeply');
  if (typeof value === 'string') return unmask(value);
  if (Array.isArray(value)) return value.map(one => unmaskAll(one, levels - 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [unmask(key), unmaskAll(one, levels - 1)]));
}
