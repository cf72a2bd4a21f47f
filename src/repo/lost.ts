// What of the present is gone after going back to a place: how much WAL, and which transactions ended in it. Pure.

import { type Lsn, lsnDiff } from '../postgres/lsn.ts';
import { parseSegmentName } from '../postgres/segment.ts';
import { type History, partingOf, type Timeline } from '../postgres/timeline.ts';
import { type Bytes, bytes } from '../time.ts';
import type { Chosen } from './choose.ts';
import type { WalFacts } from './known-wal.ts';
import type { TransactionEnd, WalIndex, WalKept } from './wal-kept.ts';
import { coverOf, type Leg, type Piece, segmentsOf } from './wal-path.ts';

/** The cluster as it is: on which timeline, and how far. */
export interface Present {
  readonly timeline: Timeline;
  /** Null where no primary says it: then what is kept counts. */
  readonly written: Lsn | null;
}

export interface Lost {
  /** Where the present goes on without what is restored, and where it ends. */
  readonly from: Lsn;
  readonly to: Lsn;
  readonly size: Bytes;
  /** Transactions that were committed in it, as far as its WAL is kept. */
  readonly commits: number;
  /** The first and the last that ended in it; null: none did. */
  readonly first: TransactionEnd | null;
  readonly last: TransactionEnd | null;
  /** Of `size` what is not kept: what is in it, nobody can say. */
  readonly unseen: Bytes;
  /** As {@link Chosen.unread}. */
  readonly unread: readonly string[];
}

export function lostAfter({ end, timeline }: Pick<Chosen, 'end' | 'timeline'>, now: Present, known: WalFacts): Lost {
  const { wal } = known;
  const reached = end.is === 'after' ? behindRecord(known, end.lsn) : end.lsn;
  // Null: they are on one timeline, or its history is not kept.
  const parting = partingOf(historyOf(wal, timeline), historyOf(wal, now.timeline))?.at ?? reached;
  const from = parting < reached ? parting : reached;
  const { pieces, end: kept } = coverOf(wal, legsFrom(wal, now.timeline, from));
  const to = now.written ?? (kept > from ? kept : from);
  const seen = kept < from ? from : kept;
  return {
    from,
    to: to > from ? to : from,
    size: between(from, to),
    unseen: between(seen, to),
    ...counted(pieces, from, known),
  };
}

const between = (from: Lsn, to: Lsn): Bytes => bytes(Math.max(0, lsnDiff(to, from)));

const historyOf = ({ histories }: WalKept, timeline: Timeline): History =>
  histories.get(timeline) ?? { timeline, ancestors: [] };

/** The present's own way from this place on. */
function legsFrom(wal: WalKept, timeline: Timeline, from: Lsn): Leg[] {
  const legs: Leg[] = [];
  let at = from;
  for (const ancestor of historyOf(wal, timeline).ancestors) {
    if (ancestor.end <= from) continue;
    legs.push({ timeline: ancestor.timeline, from: at, to: ancestor.end });
    at = ancestor.end;
  }
  return [...legs, { timeline, from: at, to: null }];
}

/** What the target includes is not lost: the place behind its record, where that is one the index knows. */
function behindRecord({ indexes, read }: WalFacts, at: Lsn): Lsn {
  const ends = [...indexes.values()].flatMap(({ firstEnd, lastEnd, restorePoints }) => [
    ...[firstEnd, lastEnd].filter(end => end !== null),
    ...restorePoints,
  ]);
  const found = [...ends, ...[...(read?.values() ?? [])].flat()].find(({ lsn }) => lsn === at);
  return found?.end ?? at;
}

type Counted = Pick<Lost, 'commits' | 'first' | 'last' | 'unread'>;

function counted(pieces: readonly Piece[], from: Lsn, known: WalFacts): Counted {
  const { segmentSize } = known.wal;
  const unread: string[] = [];
  const found: { readonly commits: number; readonly ends: readonly TransactionEnd[] }[] = [];
  for (const piece of pieces) {
    for (const name of segmentsOf(piece, segmentSize)) {
      const index = known.indexes.get(name);
      if (index === undefined || index.ends === 0) continue;
      const ends = known.read?.get(name) ?? bordersOf(index);
      if (isWhole(index, piece, from, segmentSize)) {
        found.push({ commits: index.commits, ends });
        continue;
      }
      // At a border only some of them are lost.
      if (ends.length < index.ends) unread.push(name);
      const lost = ends.filter(({ lsn, end }) => lsn >= from && end > piece.from && end <= piece.to);
      found.push({ commits: lost.filter(({ committed }) => committed).length, ends: lost });
    }
  }
  const all = found.flatMap(({ ends }) => ends);
  return {
    commits: found.reduce((sum, { commits }) => sum + commits, 0),
    first: all[0] ?? null,
    last: all.at(-1) ?? null,
    unread,
  };
}

/** What the index has of them: all where there are no more than two. */
const bordersOf = ({ firstEnd, lastEnd, ends }: WalIndex): TransactionEnd[] =>
  [firstEnd, lastEnd].filter(end => end !== null).slice(0, ends);

function isWhole({ segment, end }: WalIndex, piece: Piece, from: Lsn, segmentSize: number): boolean {
  const start = parseSegmentName(segment, segmentSize)?.start;
  return start !== undefined && start >= from && start >= piece.from && end <= piece.to;
}
