// The value of `synchronous_standby_names`: which standbys a commit waits for.

export interface SynchronousStandbys {
  /** `first`: those named first that are connected. `any`: whichever answer first. */
  readonly method: 'first' | 'any';
  /** How many of them each commit waits for. */
  readonly number: number;
  /** Application names; `*` is anyone. They are compared without regard to case. */
  readonly names: readonly string[];
}

/**
 * Reads `FIRST 1 (a, b)`, `ANY 2 (a, b, c)`, the older `2 (a, b)` and the plain list `a, b`, which means FIRST 1 (manual
 * 20.6.2; syncrep_gram.y). `none` where it is empty: commits wait for nobody. Undefined where the server would refuse it.
 */
export function parseSynchronous(text: string): SynchronousStandbys | 'none' | undefined {
  if (text.trim() === '') return 'none';
  const match = /^\s*(?:(?:(FIRST|ANY)\s+)?(\d+)\s*\(([^]*)\)|([^]*?))\s*$/i.exec(text);
  const [, method, number, inside, plain = ''] = match ?? [];
  const names = parseNames(inside ?? plain);
  const count = Number(number ?? 1);
  if (!names || count < 1) return undefined;
  return { method: method?.toLowerCase() === 'any' ? 'any' : 'first', number: count, names };
}

/** The value in its full form, each name quoted; an empty one for `none` and for no names at all. */
export function showSynchronous(value: SynchronousStandbys | 'none'): string {
  if (value === 'none' || value.names.length === 0) return '';
  const names = value.names.map(name => (name === '*' ? name : `"${name.replaceAll('"', '""')}"`));
  return `${value.method.toUpperCase()} ${String(value.number)} (${names.join(', ')})`;
}

/**
 * The same guarantee from those that are left: never asking for more standbys than there are, and `none` where nobody is
 * named any more, for a commit that waits for a standby that will not come hangs, and `statement_timeout` does not end it
 * (seen on 15, 18). `*` stays as long as anybody is left.
 *
 * @param left application names of the standbys that still follow
 */
export function keepStandbys(
  value: SynchronousStandbys | 'none',
  left: readonly string[],
): SynchronousStandbys | 'none' {
  if (value === 'none') return value;
  const known = new Set(left.map(name => name.toLowerCase()));
  const names = value.names.filter(name => (name === '*' ? known.size > 0 : known.has(name.toLowerCase())));
  if (names.length === 0) return 'none';
  const most = names.includes('*') ? known.size : names.length;
  return { ...value, names, number: Math.min(value.number, most) };
}

/** Whether this value is another one with standbys left out, as keepStandbys() leaves them out. */
export function isLeftOf(part: SynchronousStandbys | 'none', whole: SynchronousStandbys | 'none'): boolean {
  if (part === 'none' || whole === 'none') return part === 'none';
  const known = new Set(whole.names.map(name => name.toLowerCase()));
  return (
    part.method === whole.method &&
    part.number <= whole.number &&
    part.names.every(name => known.has(name.toLowerCase()))
  );
}

/** Names of a value that no standby of this list bears; `*` is nobody's name. */
export function missingStandbys(value: SynchronousStandbys | 'none', present: readonly string[]): readonly string[] {
  if (value === 'none') return [];
  const known = new Set(present.map(name => name.toLowerCase()));
  return value.names.filter(name => name !== '*' && !known.has(name.toLowerCase()));
}

function parseNames(text: string): string[] | undefined {
  const names: string[] = [];
  const name = /\s*(?:"((?:[^"]|"")+)"|(\*)|([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|(\d+))\s*(,|$)/y;
  for (let end = false; !end;) {
    const match = name.exec(text);
    if (!match) return undefined;
    names.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? match[3] ?? match[4] ?? '');
    end = match[5] !== ',';
  }
  return names;
}
