// Settings as PostgreSQL's configuration files spell them: quoting, reading back, and what recovery needs.
import { percentMustBeDoubled } from './version.ts';
import type { Version } from './version.ts';

/** An SQL string literal; with a backslash in it, in the `E''` form, which means the same under any setting. */
export function quoteLiteral(value: string): string {
  const quoted = value.replaceAll("'", "''");
  return quoted.includes('\\') ? `E'${quoted.replaceAll('\\', '\\\\')}'` : `'${quoted}'`;
}

/** An SQL identifier, always quoted, so that no keyword and no capital letter goes wrong. */
export function quoteIdent(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A value for a configuration file: always in quotes, a quote doubled, a backslash too (manual 20.1.2; guc-file.l). Throws on a newline, which a file cannot hold. */
export function quoteSetting(value: string): string {
  if (/[\r\n]/.test(value)) throw new RangeError('a setting cannot hold a newline');
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** One line of a configuration file, without its newline. */
export function settingLine(name: string, value: string): string {
  return `${name} = ${quoteSetting(value)}`;
}

/**
 * The settings of a `postgresql.auto.conf` (or of any configuration file without `include`), names in lower case; the last of
 * equal names counts, as for the server. Undefined where a line cannot be read: the server would not start with it.
 */
export function parseSettings(text: string): ReadonlyMap<string, string> | undefined {
  const settings = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(#|$)/.test(line)) continue;
    const match =
      /^\s*([A-Za-z_][\w$.]*)\s*(?:=\s*|\s+)(?:'((?:[^'\\]|\\.|'')*)'|([A-Za-z_\u0080-\uffff][\w.\-:/$\u0080-\uffff]*|[-+]?[\d.][\w.+-]*))\s*(?:#.*)?$/.exec(
        line,
      );
    if (!match) return undefined;
    const [, name = '', quoted, plain = ''] = match;
    settings.set(name.toLowerCase(), quoted === undefined ? plain : unescapeSetting(quoted));
  }
  return settings;
}

/** guc-file.l, DeescapeQuotedString: `''` is a quote, `\b \f \n \r \t` and up to three octal digits as in C. */
function unescapeSetting(text: string): string {
  const control: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };
  return text.replaceAll(/''|\\([0-7]{1,3})|\\(.)/g, (_, octal: string | undefined, letter: string | undefined) => {
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
    return letter === undefined ? "'" : (control[letter] ?? letter);
  });
}

/**
 * A command for `archive_command` or `restore_command` in which every `%` that stands for itself is doubled; `%p`, `%f`, `%r`
 * and `%%` stay. From 16 on a lone `%` is FATAL at start; doubled it means the same on every version.
 */
export function doublePercent(command: string): string {
  return command.replaceAll(/%[pfr%]|%/g, piece => (piece === '%' ? '%%' : piece));
}

/** Whether this version would refuse to start with the command as it stands. */
export function percentRefused(command: string, version: Version): boolean {
  return percentMustBeDoubled(version) && doublePercent(command) !== command;
}
