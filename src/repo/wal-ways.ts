// All ways through the WAL that is kept, segment by segment: that to the newest timeline, and what lies on branches that were left. Pure.

import { compareLsn, type Lsn, lsn } from '../postgres/lsn.ts';
import { segmentStart } from '../postgres/segment.ts';
import { type History, partingOf, type Timeline } from '../postgres/timeline.ts';
import type { WalKept } from './wal-kept.ts';
import { coverOf, type Leg, type Piece, segmentsOf } from './wal-path.ts';

/** A segment on a way: of its records those that end behind `from`, up to `to`. */
export interface Slice {
  readonly name: string;
  readonly start: Lsn;
  readonly from: Lsn;
  readonly to: Lsn;
}

export interface WalWay {
  /** The timeline that it leads to. */
  readonly line: Timeline;
  /** Where `restore` goes unless it is told otherwise. */
  readonly newest: boolean;
  readonly legs: readonly Leg[];
  /** In order; what is missing in between is left out. */
  readonly slices: readonly Slice[];
  /** What ends before lies on one of the ways before this one, too. */
  readonly own: Lsn;
}

const historyOf = ({ histories }: WalKept, line: Timeline): History =>
  histories.get(line) ?? { timeline: line, ancestors: [] };

/** The way to `newest` first, then the others, later timelines before earlier ones; without those that have nothing of their own. */
export function waysOf(wal: WalKept, newest: Timeline): WalWay[] {
  const lines = [...new Set([newest, ...wal.stretches.map(({ timeline }) => timeline)])].sort((a, b) =>
    a === newest ? -1 : b === newest ? 1 : b - a,
  );
  return lines
    .map((line, at) => {
      const legs = legsOf(historyOf(wal, line));
      const before = lines.slice(0, at).map(other => partingOf(historyOf(wal, line), historyOf(wal, other))?.at ?? 0n);
      const own = lsn(before.reduce((a, b) => (b > a ? b : a), 0n));
      return { line, newest: line === newest, legs, slices: slicesOf(wal, legs), own };
    })
    .filter(({ slices, own, newest: main }) => main || slices.some(({ to }) => to > own));
}

/** From the beginning of all. */
function legsOf({ timeline, ancestors }: History): Leg[] {
  const froms = [lsn(0n), ...ancestors.map(({ end }) => end)];
  return [...ancestors, { timeline, end: null }].map(({ timeline: line, end }, at) => ({
    timeline: line,
    from: froms[at] ?? lsn(0n),
    to: end,
  }));
}

/** The timeline on which the record at this place was written. */
export const lineAt = ({ legs, line }: WalWay, at: Lsn): Timeline =>
  legs.find(({ to }) => to === null || at < to)?.timeline ?? line;

function slicesOf(wal: WalKept, legs: readonly Leg[]): Slice[] {
  const pieces: Piece[] = [];
  let from = 0n;
  for (let rest = legs; rest.length > 0;) {
    const { pieces: more, gap } = coverOf(wal, rest);
    for (const piece of more) {
      const covered = pieces.at(-1)?.to ?? lsn(0n);
      if (piece.to > covered) pieces.push(piece.from < covered ? { ...piece, from: covered } : piece);
    }
    if (gap === null) break;
    // Where a later timeline has this segment, but not up to where it begins, there is no gap by name.
    const beyond = lsn(segmentStart(gap.from, wal.segmentSize) + BigInt(wal.segmentSize));
    const next = gap.to > from && gap.to > gap.from ? gap.to : beyond > from ? beyond : lsn(from + 1n);
    from = next;
    rest = rest
      .filter(({ to }) => to === null || to > next)
      .map(leg => (leg.from < next ? { ...leg, from: next } : leg));
  }
  return pieces.flatMap(piece =>
    segmentsOf(piece, wal.segmentSize).map((name, i) => {
      const start = lsn(segmentStart(piece.from, wal.segmentSize) + BigInt(i * wal.segmentSize));
      const end = lsn(start + BigInt(wal.segmentSize));
      return {
        name,
        start,
        from: compareLsn(piece.from, start) > 0 ? piece.from : start,
        to: compareLsn(piece.to, end) < 0 ? piece.to : end,
      };
    }),
  );
}

/** Whether nothing is missing between two neighbours. */
export const isNext = (before: Slice | undefined, slice: Slice | undefined): boolean =>
  before !== undefined && slice !== undefined && before.to === slice.from;
