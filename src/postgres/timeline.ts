// Timelines, and the history file that says which one grew out of which, and where.
import { compareLsn, parseLsn } from './lsn.ts';
import type { Lsn } from './lsn.ts';

declare const unit: unique symbol;

/** A timeline's number: decimal for people, eight hex digits in file names. The first one is 1 (manual 26.3.6). */
export type Timeline = number & { readonly [unit]: 'timeline' };

/** A timeline from its number. Throws a RangeError where it is not a whole number from 1 to 2^32 − 1. */
export function timeline(number: number): Timeline {
  if (!Number.isInteger(number) || number < 1 || number > 0xffffffff) throw new RangeError(`not a timeline: ${number}`);
  return number as Timeline;
}

/** A timeline as PostgreSQL prints it (`2`); undefined where it is not one, also for the 0 that stands for "none". */
export function parseTimeline(text: string): Timeline | undefined {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  return number >= 1 && number <= 0xffffffff ? timeline(number) : undefined;
}

/** `00000002`: the spelling in file names. */
export function timelineFileName(line: Timeline): string {
  return line.toString(16).toUpperCase().padStart(8, '0');
}

/** Reads eight upper-case hex digits back; undefined where they are not a timeline. */
export function parseTimelineHex(text: string): Timeline | undefined {
  const number = /^[0-9A-F]{8}$/.test(text) ? Number.parseInt(text, 16) : 0;
  return number === 0 ? undefined : timeline(number);
}

/** `00000002.history`: the file in `pg_wal` and in the archive. */
export function historyFileName(line: Timeline): string {
  return `${timelineFileName(line)}.history`;
}

/** One timeline that was left, and where: its WAL counts up to `end` and not beyond. */
export interface Ancestor {
  readonly timeline: Timeline;
  /** The switch point: the first position of the next timeline. */
  readonly end: Lsn;
  /** What PostgreSQL noted: `no recovery target specified`, `before 2026-11-21 11:20:09+00`. */
  readonly reason: string;
}

export interface History {
  readonly timeline: Timeline;
  /** Oldest first. */
  readonly ancestors: readonly Ancestor[];
}

/**
 * The content of a timeline's history file. Comments (`#`) and blank lines are tolerated, as by PostgreSQL
 * (timeline.c, readTimeLineHistory). Undefined where a line is cut short, where timelines or switch points do not rise, or
 * where a timeline above 1 has no ancestor: an archive that filled up in mid-copy leaves such files behind, and a wrong
 * switch point read from one would send a restore along the wrong branch. Every line PostgreSQL writes ends with a reason,
 * so a line without one is a line cut short.
 */
export function parseHistory(text: string, of: Timeline): History | undefined {
  const ancestors: Ancestor[] = [];
  for (const line of text.split('\n')) {
    if (/^\s*(#|$)/.test(line)) continue;
    const match = /^\s*(\d+)\s+([0-9A-F]+\/[0-9A-F]+)\s+(\S.*?)\s*$/i.exec(line);
    const parent = parseTimeline(match?.[1] ?? '');
    const end = parseLsn(match?.[2] ?? '');
    if (parent === undefined || end === undefined) return undefined;
    const before = ancestors.at(-1);
    if (before && (parent <= before.timeline || compareLsn(end, before.end) < 0)) return undefined;
    ancestors.push({ timeline: parent, end, reason: match?.[3] ?? '' });
  }
  const last = ancestors.at(-1);
  if (last ? last.timeline >= of : of !== 1) return undefined;
  return { timeline: of, ancestors };
}

/** Where the way to `history.timeline` left `line`; undefined where that way never passed through it, or ends on it. */
export function forkPoint(history: History, line: Timeline): Lsn | undefined {
  return history.ancestors.find(ancestor => ancestor.timeline === line)?.end;
}

/** Whether `history.timeline` grew out of `line`. A timeline is not its own ancestor. */
export function isAncestor(history: History, line: Timeline): boolean {
  return forkPoint(history, line) !== undefined;
}

/**
 * Whether a server that stands at `position` on `line` can go on to `history.timeline` without a rewind: it is there
 * already, or it had not written past the point where the way forked off.
 */
export function canFollow(history: History, line: Timeline, position: Lsn): boolean {
  if (line === history.timeline) return true;
  const fork = forkPoint(history, line);
  return fork !== undefined && compareLsn(position, fork) <= 0;
}

/** Where two servers' ways part, by their history files. */
export interface Parting {
  /** The last timeline that both have been on. */
  readonly timeline: Timeline;
  /** Up to where its WAL is the same on both; null where neither has left it. */
  readonly at: Lsn | null;
}

/**
 * Compares two ways from the beginning (pg_rewind.c, findCommonAncestorTimeline, does the same). The same number alone proves
 * nothing: two servers promoted apart both call their new timeline 2, and only where each began tells them apart. Undefined
 * where not even the first timeline is the same.
 */
export function partingOf(one: History, other: History): Parting | undefined {
  const [a, b] = [legs(one), legs(other)];
  let common: Parting | undefined;
  for (const [at, leg] of a.entries()) {
    const twin = b[at];
    if (twin?.timeline !== leg.timeline || twin.begin !== leg.begin) break;
    const ends = [leg.end, twin.end].filter(end => end !== null);
    common = { timeline: leg.timeline, at: ends.length === 0 ? null : ends.reduce((x, y) => (y < x ? y : x)) };
  }
  return common;
}

interface Leg {
  readonly timeline: Timeline;
  readonly begin: Lsn | null;
  readonly end: Lsn | null;
}

function legs({ timeline: last, ancestors }: History): Leg[] {
  const left = ancestors.map((one, at) => ({
    timeline: one.timeline,
    begin: ancestors[at - 1]?.end ?? null,
    end: one.end,
  }));
  return [...left, { timeline: last, begin: ancestors.at(-1)?.end ?? null, end: null }];
}
