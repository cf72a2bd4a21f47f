// A server's `log_line_prefix` turned into a matcher for the lines it begins.

/** What a line's prefix told. */
export interface PrefixFields {
  readonly pid?: number;
  readonly time?: string;
  readonly backend?: string;
  readonly sqlstate?: string;
}

/** Splits a line into what its prefix told and what follows it; undefined where the line does not begin with this prefix. */
export type PrefixMatcher = (line: string) => { readonly fields: PrefixFields; readonly rest: string } | undefined;

const time = String.raw`\d{4,}-\d\d-\d\d \d\d:\d\d:\d\d`;
const zone = String.raw` [\w+\-/<>]+`;

/**
 * What each escape prints (manual 19.8.3, `log_line_prefix`; elog.c, log_status_format). All may be empty in one process or
 * another; names of users, databases and applications may hold any character but a newline.
 */
const escapes: Record<string, string> = {
  a: '.*?',
  u: '.*?',
  d: '.*?',
  r: String.raw`\S*?`,
  h: String.raw`\S*?`,
  L: String.raw`\S*?`,
  b: '[a-z][a-z ]*?|',
  p: String.raw`\d+`,
  P: String.raw`\d*`,
  t: time + zone,
  m: String.raw`${time}\.\d{3}${zone}`,
  n: String.raw`\d+\.\d{3}`,
  Q: String.raw`-?\d+`,
  i: '.*?',
  e: '[0-9A-Z]{5}',
  c: String.raw`[0-9a-f]+\.[0-9a-f]+`,
  l: String.raw`\d+`,
  s: time + zone,
  v: String.raw`(?:-?\d+/\d+)?`,
  x: String.raw`\d*`,
};

/** The keyword that follows every prefix: a severity, or what belongs to the entry before (elog.c, send_message_to_server_log). */
const keyword =
  '(?=(?:DEBUG|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC|DETAIL|HINT|QUERY|CONTEXT|LOCATION|STATEMENT|BACKTRACE):  )';

/**
 * The matcher for a `log_line_prefix`. Padding (`%10p`, `%-10u`) is understood; after `%q` the rest may be missing, as
 * processes without a session write it. An escape that no version knows prints nothing.
 */
export function prefixMatcher(prefix: string): PrefixMatcher {
  const told: string[] = [];
  let pattern = '';
  let open = 0;
  for (const [piece, width, letter] of prefix.matchAll(/%(-?\d*)([A-Za-z%])|[^]/g)) {
    if (letter === undefined) pattern += piece.replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
    else if (letter === '%') pattern += '%';
    else if (letter === 'q') {
      pattern += '(?:';
      open += 1;
    } else if (escapes[letter] !== undefined) {
      told.push(letter);
      pattern += width === '' ? `(${escapes[letter]})` : ` *(${escapes[letter]}) *`;
    }
  }
  const whole = new RegExp(`^${pattern}${')?'.repeat(open)}${keyword}`);
  return line => {
    const match = whole.exec(line);
    if (!match) return undefined;
    const value = (letters: string): string | undefined => {
      const at = told.findIndex((letter, index) => letters.includes(letter) && (match[index + 1] ?? '') !== '');
      return at < 0 ? undefined : match[at + 1];
    };
    return {
      fields: prefixFields(value('p'), value('m') ?? value('t') ?? value('n'), value('b'), value('e')),
      rest: line.slice(match[0].length),
    };
  };
}

/**
 * Finds the keyword under a prefix that is not known, or that was changed by a reload since. A line that begins with a
 * program's name (`psql: …FATAL:  …`) is what a restore_command or archive_command printed, and no entry.
 */
export const guessPrefix: PrefixMatcher = line => {
  const match = new RegExp(`^(.{0,300}?)(?<![A-Za-z_])${keyword}`).exec(line);
  const prefix = match?.[1];
  if (prefix === undefined || /^[\w./-]*[A-Za-z][\w./-]*: /.test(prefix)) return undefined;
  const pid = /\[(\d+)(?:-\d+)?\]/.exec(prefix)?.[1];
  const when = new RegExp(String.raw`${time}(?:\.\d{3})?${zone}`).exec(prefix)?.[0];
  return { fields: prefixFields(pid, when, undefined, undefined), rest: line.slice(prefix.length) };
};

function prefixFields(pid?: string, when?: string, backend?: string, sqlstate?: string): PrefixFields {
  return {
    ...(pid !== undefined && { pid: Number(pid) }),
    ...(when !== undefined && { time: when }),
    ...(backend !== undefined && { backend }),
    ...(sqlstate !== undefined && sqlstate !== '00000' && { sqlstate }),
  };
}
