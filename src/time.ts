// Units: durations, sizes and instants, their spelling in files, and how a person reads them.

declare const unit: unique symbol;
type Unit<T, N extends string> = T & { readonly [unit]: N };

/** Milliseconds. */
export type Duration = Unit<number, 'ms'>;
/** Bytes. */
export type Bytes = Unit<number, 'bytes'>;
/** RFC 3339 in UTC, to the millisecond or finer: what PostgreSQL printed is kept as text, since a JS Date loses the microseconds. */
export type Instant = Unit<string, 'instant'>;

export const ms = (n: number): Duration => n as Duration;
export const seconds = (n: number): Duration => (n * 1000) as Duration;
export const bytes = (n: number): Bytes => n as Bytes;
export const instant = (date: Date): Instant => date.toISOString() as Instant;

const durationUnits: Record<string, number> = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };
const byteUnits: Record<string, number> = { B: 1, kB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 };

/** `30s`, `500ms`, `1h30min`: PostgreSQL's units (manual 20.1), several parts allowed. Undefined where it is not a duration. */
export function parseDuration(text: string): Duration | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|min|h|d))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, number, name] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|min|h|d)/g)) {
    sum += Number(number) * (durationUnits[name ?? ''] ?? 0);
  }
  return ms(Math.round(sum));
}

/** `16MB`, `0B`, `1.5GB`: PostgreSQL's memory units, 1 kB = 1024 B (manual 20.1). Undefined where it is not a size. */
export function parseBytes(text: string): Bytes | undefined {
  const match = /^(\d+(?:\.\d+)?)\s?(B|kB|MB|GB|TB)$/.exec(text);
  return match ? bytes(Math.round(Number(match[1]) * (byteUnits[match[2] ?? ''] ?? 0))) : undefined;
}

/** A time with its zone (`2026-11-21 03:12:44.5+09`), as the instant it names; undefined without a zone, for it would mean another moment on another machine. */
export function parseInstant(text: string): Instant | undefined {
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?) ?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)$/i.exec(
    text.trim(),
  );
  if (!match) return undefined;
  const [, day, clock = '', zone = ''] = match;
  const offset = /^[+-]\d\d$/.test(zone)
    ? `${zone}:00`
    : /^(z|utc|gmt)$/i.test(zone)
      ? 'Z'
      : zone.replace(/^(...)(\d\d)$/, '$1:$2');
  const fraction = /\.(\d+)$/.exec(clock)?.[1] ?? '';
  const time = Date.parse(`${day}T${clock.replace(/\.\d+$/, '')}${offset}`);
  if (Number.isNaN(time)) return undefined;
  const whole = new Date(time).toISOString().slice(0, 19);
  return `${whole}${fraction === '' ? '' : `.${fraction}`}Z` as Instant;
}

/** `850 ms`, `1.2 s`, `4 min 10 s`, `2 h 5 min`: for people. */
export function showDuration(duration: Duration): string {
  if (duration < 1000) return `${String(Math.round(duration))} ms`;
  if (duration < 60_000) return `${(duration / 1000).toFixed(duration < 10_000 ? 1 : 0).replace(/\.0$/, '')} s`;
  const parts: [number, string][] = [
    [Math.floor(duration / 86_400_000), 'd'],
    [Math.floor((duration % 86_400_000) / 3_600_000), 'h'],
    [Math.floor((duration % 3_600_000) / 60_000), 'min'],
    [Math.floor((duration % 60_000) / 1000), 's'],
  ];
  const first = parts.findIndex(([n]) => n > 0);
  return parts
    .slice(first, first + 2)
    .filter(([n]) => n > 0)
    .map(([n, name]) => `${String(n)} ${name}`)
    .join(' ');
}

/** The spelling that {@link parseDuration} reads back: `90s`, `1500ms`. */
export function spellDuration(duration: Duration): string {
  return duration % 1000 === 0 ? `${String(duration / 1000)}s` : `${String(duration)}ms`;
}

/** `0 B`, `312 kB`, `1.5 GB`: for people. */
export function showBytes(size: Bytes): string {
  const names = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = size as number;
  let at = 0;
  while (Math.abs(value) >= 1024 && at < names.length - 1) {
    value /= 1024;
    at += 1;
  }
  const digits = at === 0 || Math.abs(value) >= 100 ? 0 : 1;
  return `${value.toFixed(digits).replace(/\.0$/, '')} ${names[at] ?? ''}`;
}

/** The time between two instants; negative where `to` lies before `from`. */
export function between(from: Instant, to: Instant): Duration {
  return ms(Date.parse(to) - Date.parse(from));
}

/** Microseconds since 1970, whole; what PostgreSQL keeps times in. Exact for any instant of our days. */
export function microsOf(at: Instant): number {
  const fraction = /\.(\d+)/.exec(at)?.[1] ?? '';
  return Date.parse(`${at.slice(0, 19)}Z`) * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}

/** `2026-11-21T03:12:44.000123Z`: always with six digits behind the point, so that PostgreSQL reads back precisely what was meant. */
export function instantOfMicros(micros: number): Instant {
  const whole = Math.floor(micros / 1_000_000);
  const rest = String(micros - whole * 1_000_000).padStart(6, '0');
  return `${new Date(whole * 1000).toISOString().slice(0, 19)}.${rest}Z` as Instant;
}

/** For sorting; as text they would not sort, for a fraction may be absent. */
export const compareInstants = (a: Instant, b: Instant): number => microsOf(a) - microsOf(b);
