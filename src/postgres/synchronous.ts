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
 * What is left when `gone` no longer answers: never asking for more standbys than are named, and `none` where nobody is left,
 * for a commit that waits for a standby that will not come hangs, and `statement_timeout` does not end it (seen on 15, 18).
 */
export function withoutStandby(value: SynchronousStandbys | 'none', gone: string): SynchronousStandbys | 'none' {
  if (value === 'none') return value;
  const names = value.names.filter(name => name.toLowerCase() !== gone.toLowerCase());
  if (names.length === 0) return 'none';
  return { ...value, names, number: names.includes('*') ? value.number : Math.min(value.number, names.length) };
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
