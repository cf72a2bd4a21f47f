// The way from a backup along timelines, and how far the WAL that is kept goes on it. Pure.

import { type Lsn, lsn } from '../postgres/lsn.ts';
import { segmentName, segmentStart } from '../postgres/segment.ts';
import type { Timeline } from '../postgres/timeline.ts';
import type { KeptStretch, WalKept } from './wal-kept.ts';

/** A part of the way: on this timeline from here to there; the last one has no end. */
export interface Leg {
  readonly timeline: Timeline;
  readonly from: Lsn;
  readonly to: Lsn | null;
}

/** Where a way begins, and up to where it must not leave that timeline. */
export interface Beginning {
  readonly timeline: Timeline;
  readonly start: Lsn;
  readonly stop: Lsn;
}

export type Way =
  | { readonly is: 'way'; readonly legs: readonly Leg[] }
  /** The timeline did not grow out of that of the beginning. */
  | { readonly is: 'other-branch' }
  /** It did, but at `fork`, which lies before the backup's stop point. */
  | { readonly is: 'forked-before'; readonly fork: Lsn }
  | { readonly is: 'no-history' };

/** The timelines from a backup to `line`, as history files tell. A timeline without a file is taken to have no parents, as PostgreSQL does. */
export function wayTo(
  { histories }: Pick<WalKept, 'histories'>,
  { timeline, start, stop }: Beginning,
  line: Timeline,
): Way {
  if (line === timeline) return { is: 'way', legs: [{ timeline, from: start, to: null }] };
  const history = histories.get(line);
  if (history === undefined) return line > timeline ? { is: 'no-history' } : { is: 'other-branch' };
  const at = history.ancestors.findIndex(one => one.timeline === timeline);
  const fork = history.ancestors[at]?.end;
  if (fork === undefined) return { is: 'other-branch' };
  if (fork < stop) return { is: 'forked-before', fork };
  const passed = history.ancestors.slice(at);
  const legs: Leg[] = passed.map((one, i) => ({
    timeline: one.timeline,
    from: i === 0 ? start : (passed[i - 1]?.end ?? start),
    to: one.end,
  }));
  return { is: 'way', legs: [...legs, { timeline: line, from: passed.at(-1)?.end ?? start, to: null }] };
}

/** WAL that is read from the files of one timeline. */
export interface Piece {
  readonly timeline: Timeline;
  readonly from: Lsn;
  readonly to: Lsn;
}

export interface Cover {
  /** From the beginning of the first segment on, without a gap. */
  readonly pieces: readonly Piece[];
  readonly end: Lsn;
  /** The segments that are missing before it goes on; null where nothing comes behind the end. */
  readonly gap: Gap | null;
}

export interface Gap {
  /** At most {@link namedAtMost}. */
  readonly missing: readonly string[];
  readonly more: number;
  readonly from: Lsn;
  readonly to: Lsn;
}

const namedAtMost = 20;

/** How far the way is covered by WAL that is kept. */
export function coverOf(wal: WalKept, legs: readonly Leg[]): Cover {
  const size = wal.segmentSize;
  const pieces: Piece[] = [];
  let at = segmentStart(legs[0]?.from ?? lsn(0n), size);
  for (const [i, leg] of legs.entries()) {
    while (leg.to === null || at < leg.to) {
      const piece = pieceAt(wal, legs.slice(i), at);
      if (piece === undefined) return { pieces, end: at, gap: gapAt(wal, legs.slice(i), at) };
      add(pieces, piece);
      at = piece.to;
    }
  }
  return { pieces, end: at, gap: null };
}

/**
 * In the segment in which the way leaves a timeline, the newest timeline of it that has this segment is read: it begins with a copy of what
 * was before the fork (xlogrecovery.c, XLogFileReadAnyTLI).
 */
function pieceAt({ stretches, segmentSize }: WalKept, [leg, ...later]: readonly Leg[], at: Lsn): Piece | undefined {
  if (leg === undefined) return undefined;
  const { to } = leg;
  const fork = to === null ? null : segmentStart(to, segmentSize);
  if (to !== null && fork !== null && at >= fork) {
    const inHere = later.filter(({ from }) => segmentStart(from, segmentSize) === fork).reverse();
    for (const { timeline } of inHere) {
      const copy = stretches.find(one => one.timeline === timeline && one.from <= fork && to <= one.to);
      if (copy) return { timeline, from: at, to };
    }
  }
  const stretch = stretches.find(one => one.timeline === leg.timeline && one.from <= at && at < one.to);
  if (stretch === undefined) return undefined;
  const limit = to === null || fork === null ? stretch.to : at < fork ? fork : to;
  return { timeline: leg.timeline, from: at, to: stretch.to < limit ? stretch.to : limit };
}

function add(pieces: Piece[], piece: Piece): void {
  const last = pieces.at(-1);
  if (last?.timeline === piece.timeline && last.to === piece.from)
    pieces[pieces.length - 1] = { ...last, to: piece.to };
  else pieces.push(piece);
}

function gapAt(wal: WalKept, legs: readonly Leg[], at: Lsn): Gap | null {
  const next = legs
    .flatMap(({ timeline, from, to }) =>
      wal.stretches
        .filter(one => one.timeline === timeline && one.to > at && one.to > from && (to === null || one.from < to))
        .map(one => (one.from < at ? at : one.from)),
    )
    .reduce<Lsn | null>((least, one) => (least === null || one < least ? one : least), null);
  return next === null ? null : gapBetween(wal, legs, at, next);
}

function gapBetween({ segmentSize }: WalKept, legs: readonly Leg[], at: Lsn, next: Lsn): Gap {
  const size = BigInt(segmentSize);
  const first = segmentStart(at, segmentSize);
  const count = next > at ? Number((next - first + size - 1n) / size) : 1;
  const missing = Array.from({ length: Math.min(count, namedAtMost) }, (_, i) => {
    const place = lsn(first + BigInt(i) * size);
    // The newest timeline that may have it: the one on which the segment's last byte lies, as the way goes.
    const line = legs.filter(({ from }) => from < place + size).at(-1) ?? legs[0];
    return line === undefined ? '' : segmentName(line.timeline, place, segmentSize);
  });
  return { missing, more: count - missing.length, from: at, to: next };
}

/** Names of the segments of a piece, in order. */
export function segmentsOf({ timeline, from, to }: Piece, segmentSize: number): string[] {
  const names: string[] = [];
  for (let at = segmentStart(from, segmentSize); at < to; at = lsn(at + BigInt(segmentSize))) {
    names.push(segmentName(timeline, at, segmentSize));
  }
  return names;
}

/** The unfinished segment of a stretch, where it has one. */
export const partialOf = (stretches: readonly KeptStretch[], name: string): KeptStretch | undefined =>
  stretches.find(({ partial }) => partial === name);
