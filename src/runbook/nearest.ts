// "Did you mean …?": the known word that is nearest to the one written.

/** How many characters must be added, dropped, changed or swapped with their neighbour to get from one word to the other. */
export function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      row.push(least);
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** What PostgreSQL called them once. */
const formerly: Readonly<Record<string, string>> = {
  master: 'primary',
  slave: 'standby',
  replica: 'standby',
  secondary: 'standby',
};

/** node1 and node3 are two machines, not a slip of the finger. */
const numberless = (word: string): string => word.replace(/\d+/g, '#');

/** The nearest of the words, or undefined where none is near enough to be what was meant. */
export function nearest(written: string, words: Iterable<string>): string | undefined {
  if (written.length > 100) return undefined;
  const all = [...words];
  const today = formerly[written.toLowerCase()];
  if (today !== undefined && all.includes(today)) return today;
  const plain = (word: string): string => word.toLowerCase().replace(/[^a-z0-9]/g, '');
  let best: { readonly word: string; readonly off: number } | undefined;
  for (const word of all) {
    if (word !== written && numberless(word) === numberless(written)) continue;
    const off = plain(word) === plain(written) ? 0 : distance(written.toLowerCase(), word.toLowerCase());
    if (off <= Math.max(1, Math.floor(Math.min(written.length, word.length) / 3)) && (!best || off < best.off))
      best = { word, off };
  }
  return best?.word;
}

/** The sentence of a hint: the nearest word, or else all of them where they are few enough to read. */
export function meant(written: string, words: Iterable<string>, what = 'these are known'): string | undefined {
  const all = [...words];
  const near = nearest(written, all);
  if (near !== undefined) return `did you mean "${near}"?`;
  if (all.length === 0) return undefined;
  return all.length <= 24 ? `${what}: ${all.join(', ')}` : undefined;
}
