// Where receiving goes on: what is kept against the way that the server has come. Pure.

import { type Lsn, lsn, showLsn } from '../postgres/lsn.ts';
import { parseSegmentName, segmentStart } from '../postgres/segment.ts';
import { forkPoint, type History, type Timeline } from '../postgres/timeline.ts';
import type { KeptStretch, WalKept } from './wal-kept.ts';

export interface WalPlace {
  readonly timeline: Timeline;
  readonly lsn: Lsn;
}

/** A timeline on the server's way, from where it began to where the next one forked off; null: it is on it. */
export interface Leg {
  readonly timeline: Timeline;
  readonly begin: Lsn;
  readonly end: Lsn | null;
}

/** @param history of the timeline that the server is on; undefined for 1, or where nobody has it any more */
export function legsOf(line: Timeline, history: History | undefined): Leg[] {
  const ancestors = history?.ancestors ?? [];
  const beginAt = (at: number): Lsn => ancestors[at - 1]?.end ?? lsn(0n);
  return [
    ...ancestors.map((one, at) => ({ timeline: one.timeline, begin: beginAt(at), end: one.end })),
    { timeline: line, begin: beginAt(ancestors.length), end: null },
  ];
}

/**
 * Why this server must not be received from: WAL is kept of a timeline that grew out of the one it is on, so that it is a
 * primary that was left behind, and a commit acknowledged to it would be on no way forward. Undefined where it may.
 */
export function leftBehind({ stretches, histories }: WalKept, line: Timeline): string | undefined {
  const newest = stretches.at(-1)?.timeline;
  const history = newest === undefined ? undefined : histories.get(newest);
  const fork = history && forkPoint(history, line);
  if (fork === undefined) return undefined;
  return `it is on timeline ${String(line)}, which was left at ${showLsn(fork)} for timeline ${String(newest)}, of which WAL is kept`;
}

/**
 * Places to begin at, each the start of a segment, the best one first; the next ones are for where the server has no more
 * WAL of the first. What lies between is then lost to the repository.
 *
 * @param wanted where WAL is needed from, whatever is kept behind it: the start of a base backup
 * @param fresh where the slot holds WAL, or where the server is
 */
export function placesToStart(
  kept: WalKept,
  legs: readonly Leg[],
  fresh: WalPlace,
  wanted?: WalPlace,
): readonly WalPlace[] {
  const last = legs.findLastIndex(leg => stretchOn(kept, leg) !== undefined);
  const end = afterStretch(kept, legs, last);
  const best = (wanted && wantedFrom(kept, wanted)) ?? holeAfter(kept, legs, fresh) ?? end ?? fresh;
  const others = [...(end ? [end] : []), ...(last < 0 ? [] : legs.slice(last + 1).map(beginOf)), fresh];
  const at = (place: WalPlace): WalPlace => ({ ...place, lsn: segmentStart(place.lsn, kept.segmentSize) });
  const places = [at(best)];
  for (const place of others.map(at)) if (isBehind(place, places.at(-1) ?? place)) places.push(place);
  return places;
}

const beginOf = ({ timeline, begin }: Leg): WalPlace => ({ timeline, lsn: begin });

const isBehind = (one: WalPlace, other: WalPlace): boolean =>
  one.timeline > other.timeline || (one.timeline === other.timeline && one.lsn > other.lsn);

/** The last WAL that is kept of a leg. */
const stretchOn = ({ stretches }: WalKept, { timeline, end }: Leg): KeptStretch | undefined =>
  stretches.findLast(one => one.timeline === timeline && (end === null || one.from < end));

/**
 * Two backups that each brought their own WAL leave a hole between them, which the slot may still hold: where the first hole
 * begins that lies behind `fresh` as a whole. Undefined where there is none.
 */
function holeAfter({ stretches, segmentSize }: WalKept, legs: readonly Leg[], fresh: WalPlace): WalPlace | undefined {
  const held = segmentStart(fresh.lsn, segmentSize);
  for (const { timeline, begin, end } of legs) {
    if (timeline < fresh.timeline) continue;
    const from = timeline === fresh.timeline ? held : begin;
    const own = stretches.filter(one => one.timeline === timeline && one.to >= from);
    const before = own.find((one, at) => (end === null ? at + 1 < own.length : one.to < end));
    if (before) return { timeline, lsn: endOf(before, segmentSize) };
  }
  return undefined;
}

/** What is kept past the end of a leg was lost by the servers, and stays; the way goes on where the next leg begins. */
function afterStretch(kept: WalKept, legs: readonly Leg[], at: number): WalPlace | undefined {
  const leg = legs[at];
  const stretch = leg && stretchOn(kept, leg);
  if (stretch === undefined) return undefined;
  const next = legs[at + 1];
  if (next !== undefined && stretch.to >= next.begin) return beginOf(next);
  return { timeline: stretch.timeline, lsn: endOf(stretch, kept.segmentSize) };
}

/** The end of its last whole segment: an unfinished one is sent once more, and compared. */
const endOf = ({ partial, to }: KeptStretch, segmentSize: number): Lsn =>
  (partial === null ? undefined : parseSegmentName(partial, segmentSize)?.start) ?? to;

/** The end of what is kept from there on without a gap. */
function wantedFrom({ stretches, segmentSize }: WalKept, wanted: WalPlace): WalPlace {
  const start = segmentStart(wanted.lsn, segmentSize);
  const stretch = stretches.find(one => one.timeline === wanted.timeline && one.from <= start && start <= one.to);
  return stretch ? { timeline: wanted.timeline, lsn: endOf(stretch, segmentSize) } : wanted;
}
