// Where a recovery is to end, as the operator says it.

import { Fault } from '../faults.ts';
import { type Lsn, parseLsn, showLsn } from '../postgres/lsn.ts';
import type { RecoveryTarget } from '../postgres/recovery.ts';
import { parseTimeline, type Timeline } from '../postgres/timeline.ts';
import { type Instant, instantOfMicros, microsOf, parseInstant } from '../time.ts';

/** `inclusive`: the transaction that ends just there is part of it (manual 20.5.6). */
export type Target =
  | { readonly is: 'time'; readonly time: Instant; readonly inclusive: boolean }
  | { readonly is: 'xid'; readonly xid: number; readonly inclusive: boolean }
  | { readonly is: 'lsn'; readonly lsn: Lsn; readonly inclusive: boolean }
  | { readonly is: 'name'; readonly name: string }
  /** As soon as the backup is consistent. */
  | { readonly is: 'immediate' }
  /** To the end of the WAL. */
  | { readonly is: 'latest' };

/** `current`: that of the backup. `latest`: the newest that is known. */
export type TimelineWish = 'current' | 'latest' | Timeline;

/** As they are typed: `--to-time …`, at most one of them. */
export interface TargetWords {
  readonly toTime?: string | undefined;
  readonly toXid?: string | undefined;
  readonly toLsn?: string | undefined;
  readonly toName?: string | undefined;
  readonly immediate?: boolean | undefined;
  readonly exclusive?: boolean | undefined;
}

/** Throws a Fault `usage` where the words are no target. `zone`: that of this machine (`Europe/Berlin`), for the hint. */
export function readTarget(words: TargetWords, zone: string): Target {
  const { toTime, toXid, toLsn, toName, immediate } = words;
  const said = Object.entries({ toTime, toXid, toLsn, toName, immediate: immediate === true ? '' : undefined }).filter(
    ([, word]) => word !== undefined,
  );
  if (said.length > 1) {
    throw new Fault('usage', `${said.map(([name]) => options[name] ?? name).join(' and ')} exclude one another`, {
      hint: 'a recovery ends at one place: give one of them',
    });
  }
  const inclusive = words.exclusive !== true;
  if (!inclusive && toTime === undefined && toXid === undefined && toLsn === undefined) {
    throw new Fault('usage', '--exclusive needs --to-time, --to-xid or --to-lsn', {
      hint: 'it ends the recovery just before that place instead of just after it',
    });
  }
  if (toTime !== undefined) return { is: 'time', time: readTime(toTime, '--to-time', zone), inclusive };
  if (toXid !== undefined) return { is: 'xid', xid: readXid(toXid, '--to-xid'), inclusive };
  if (toLsn !== undefined) return { is: 'lsn', lsn: readLsn(toLsn, '--to-lsn'), inclusive };
  if (toName !== undefined) return { is: 'name', name: readName(toName) };
  return { is: immediate === true ? 'immediate' : 'latest' };
}

const options: Readonly<Record<string, string>> = {
  toTime: '--to-time',
  toXid: '--to-xid',
  toLsn: '--to-lsn',
  toName: '--to-name',
  immediate: '--immediate',
};

/** Throws a Fault `usage` where it is neither a word nor a number. */
export function readTimelineWish(word: string | undefined): TimelineWish {
  if (word === undefined || word === 'latest') return 'latest';
  if (word === 'current') return 'current';
  // PostgreSQL takes hexadecimal numbers here too; in file names they always are.
  const number = /^0x[0-9a-f]{1,8}$/i.test(word) ? parseTimeline(String(Number(word))) : parseTimeline(word);
  if (number !== undefined) return number;
  throw new Fault('usage', `--timeline takes "current", "latest" or a number, not "${word}"`, {
    hint: 'timelines and where they forked off: lifeboat wal status',
  });
}

/** For PostgreSQL's own settings. */
export function recoveryTarget(target: Target): RecoveryTarget {
  switch (target.is) {
    case 'time':
      return { time: target.time.replace('T', ' ').replace('Z', '+00'), inclusive: target.inclusive };
    case 'xid':
      return { xid: String(target.xid), inclusive: target.inclusive };
    case 'lsn':
      return { lsn: target.lsn, inclusive: target.inclusive };
    case 'name':
      return { name: target.name };
    case 'immediate':
      return { immediate: true };
    case 'latest':
      return { latest: true };
  }
}

/** `2026-11-21 03:12:44.5 UTC`, `transaction 742`, `LSN 0/1A2B3C8`, `restore point "x"`; for sentences. */
export function showTarget(target: Target): string {
  switch (target.is) {
    case 'time':
      return showMoment(target.time);
    case 'xid':
      return `transaction ${target.xid}`;
    case 'lsn':
      return `LSN ${showLsn(target.lsn)}`;
    case 'name':
      return `restore point "${target.name}"`;
    case 'immediate':
      return 'the end of the backup';
    case 'latest':
      return 'the end of the WAL';
  }
}

/** To the microsecond, since at the border of a transaction each of them counts. */
export const showMoment = (at: Instant): string =>
  `${at.slice(0, 19).replace('T', ' ')}${(/\.\d*[1-9]/.exec(at) ?? [''])[0]} UTC`;

/** 32 bits wide in the WAL; with its epoch, as pg_current_xact_id() prints it, the upper half is left out, as PostgreSQL does. */
export function readXid(word: string, option: string): number {
  const number = /^\d{1,19}$/.test(word) ? BigInt(word) : 0n;
  const xid = Number(number & 0xffffffffn);
  if (xid >= 3) return xid;
  throw new Fault('usage', `${option} takes the number of a transaction, not "${word}"`, {
    hint: `for example: ${option} 742; those below 3 are never given to a transaction`,
  });
}

export function readLsn(word: string, option: string): Lsn {
  const position = parseLsn(word);
  if (position !== undefined && position > 0n) return position;
  throw new Fault('usage', `${option} takes an LSN, not "${word}"`, { hint: `for example: ${option} 0/1A2B3C8` });
}

function readName(word: string): string {
  const length = Buffer.byteLength(word);
  if (length >= 1 && length <= 63) return word;
  throw new Fault('usage', `--to-name takes the name of a restore point: 1 to 63 bytes, not ${length}`, {
    hint: 'one is made with: SELECT pg_create_restore_point(NAME)',
  });
}

const clock = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d)(?::(\d\d)(\.\d{1,6})?)?/;

/**
 * A time with its zone: an offset, UTC, or a name such as Europe/Berlin where that says it all. Throws a Fault `usage`.
 *
 * @param option as it is typed before the time, for messages
 * @param zone that of this machine, for the hint
 */
export function readTime(word: string, option: string, zone: string): Instant {
  const text = word.trim();
  const parts = clock.exec(text);
  if (!parts || !isDate(parts)) {
    throw new Fault('usage', `${option} takes a date, a time and a zone, not "${word}"`, {
      hint: `for example: ${option} "2026-11-21 03:12:44+00"`,
    });
  }
  const exact = parseInstant(text);
  if (exact !== undefined) return instantOfMicros(microsOf(exact));
  const named = text.slice(parts[0].length).trim();
  if (named !== '' && !isZone(named)) {
    throw new Fault('usage', `${option}: "${named}" is no time zone`, {
      hint: `give the offset: ${option} "${parts[0]}+00", or a name such as Europe/Berlin`,
    });
  }
  const moments = momentsOf(parts, named === '' ? zone : named);
  const [only] = moments;
  if (named !== '' && only !== undefined && moments.length === 1) return only.at;
  throw new Fault('usage', whyNot(option, parts[0], { named, moments }), {
    hint: spellings(parts[0], named === '' ? zone : named, moments),
  });
}

interface Moment {
  readonly at: Instant;
  /** `+01:00`. */
  readonly offset: string;
}

function whyNot(
  option: string,
  text: string,
  { named, moments }: { readonly named: string; readonly moments: readonly Moment[] },
): string {
  if (named === '')
    return `${option} "${text}" has no time zone, so that it would be another moment on another machine`;
  return moments.length === 0
    ? `${option}: there was no ${text} in ${named}: the clocks were put forward over it`
    : `${option}: ${text} was twice in ${named}: the clocks were put back`;
}

function spellings(text: string, zone: string, moments: readonly Moment[]): string {
  if (zone === 'UTC') return `in UTC it is "${text}+00"`;
  const ours = moments.map(({ at, offset }) => `"${text}${offset}" (${showMoment(at)})`);
  if (ours.length === 0) return `give the offset: "${text}+00" is in UTC`;
  return ours.length === 1
    ? `in ${zone} it is ${ours[0] ?? ''}; in UTC it is "${text}+00"`
    : `say which: ${ours.join(' or ')}`;
}

function isDate([, year, month, day, hour, minute, second]: RegExpExecArray): boolean {
  const days = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  const [m, d] = [Number(month), Number(day)];
  return (
    m >= 1 && m <= 12 && d >= 1 && d <= days && Number(hour) < 24 && Number(minute) < 60 && Number(second ?? 0) < 60
  );
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The moments at which a clock on the wall of that zone showed this: two where it was put back over it, none where forward. */
function momentsOf([, year, month, day, hour, minute, second, fraction]: RegExpExecArray, zone: string): Moment[] {
  const wall = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second ?? 0),
  );
  const dayLong = 86_400_000;
  const offsets = new Set([wall - dayLong, wall + dayLong].map(at => offsetAt(at, zone)));
  return [...offsets]
    .filter(offset => offsetAt(wall - offset, zone) === offset)
    .sort((a, b) => b - a)
    .map(offset => ({
      at: instantOfMicros((wall - offset) * 1000 + Math.round(Number(`0${fraction ?? ''}`) * 1_000_000)),
      offset: showOffset(offset),
    }));
}

/** How far the clocks of the zone are before UTC, in milliseconds. */
function offsetAt(at: number, zone: string): number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}

function showOffset(offset: number): string {
  const minutes = Math.abs(offset) / 60_000;
  const two = (number: number): string => String(Math.floor(number)).padStart(2, '0');
  return `${offset < 0 ? '-' : '+'}${two(minutes / 60)}${minutes % 60 === 0 ? '' : `:${two(minutes % 60)}`}`;
}
