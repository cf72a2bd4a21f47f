// What is known of the WAL that is kept: its stretches, what is in them, and how far each backup's way is covered. Pure.

import type { Lsn } from '../postgres/lsn.ts';
import { lastSegmentName, parseSegmentName } from '../postgres/segment.ts';
import type { Timeline } from '../postgres/timeline.ts';
import type { Backup } from './backup.ts';
import type { RestorePoint, TransactionEnd, WalIndex, WalKept } from './wal-kept.ts';
import { type Cover, coverOf, type Gap, type Leg, type Piece, type Way, wayTo } from './wal-path.ts';

export interface WalFacts {
  readonly wal: WalKept;
  /** By the segment's name, finished or not. */
  readonly indexes: ReadonlyMap<string, WalIndex>;
  /** Segments that are kept and cannot be read back. */
  readonly unreadable?: ReadonlySet<string>;
  /** Every end of a transaction in some segments: where the index alone cannot tell, those are asked for in `unread`. */
  readonly read?: ReadonlyMap<string, readonly TransactionEnd[]>;
}

/** The WAL of a way, as far as it goes. */
export interface Reach {
  readonly backup: Backup;
  readonly line: Timeline;
  readonly legs: readonly Leg[];
  readonly pieces: readonly Piece[];
  readonly end: Lsn;
  /** Why it ends there. */
  readonly stops:
    | { readonly is: 'end' }
    | ({ readonly is: 'gap' } & Gap)
    | { readonly is: 'damage'; readonly segment: string; readonly at: Lsn; readonly why: string };
}

interface Placed {
  readonly index: WalIndex;
  readonly start: Lsn;
}

export class KnownWal {
  readonly wal: WalKept;
  readonly #facts: WalFacts;
  readonly #byLine = new Map<Timeline, Placed[]>();
  readonly #unread = new Set<string>();

  constructor(facts: WalFacts) {
    this.wal = facts.wal;
    this.#facts = facts;
    for (const [name, index] of facts.indexes) {
      const place = parseSegmentName(name, facts.wal.segmentSize);
      if (!place) continue;
      const line = this.#byLine.get(place.timeline) ?? [];
      if (line.length === 0) this.#byLine.set(place.timeline, line);
      line.push({ index, start: place.start });
    }
    for (const line of this.#byLine.values()) line.sort((a, b) => (a.start < b.start ? -1 : 1));
  }

  /** Segments whose every transaction should be known for the answers given so far to be exact. */
  get unread(): readonly string[] {
    return [...this.#unread];
  }

  /** The newest timeline that there is a trace of. */
  newest(backups: readonly Backup[]): Timeline {
    const all = [
      1 as Timeline,
      ...this.wal.histories.keys(),
      ...this.wal.stretches.map(({ timeline }) => timeline),
      ...backups.map(({ stopTimeline }) => stopTimeline),
    ];
    return all.reduce((a, b) => (b > a ? b : a));
  }

  way({ timeline, start, stop, stopTimeline }: Backup, line: Timeline): Way {
    const way = wayTo(this.wal, { timeline, start, stop: timeline === stopTimeline ? stop : start }, line);
    if (way.is !== 'way' || timeline === stopTimeline) return way;
    const leg = way.legs.find(one => one.timeline === stopTimeline);
    if (leg === undefined) return { is: 'other-branch' };
    return leg.to !== null && leg.to < stop ? { is: 'forked-before', fork: leg.to } : way;
  }

  reach(backup: Backup, line: Timeline, legs: readonly Leg[]): Reach {
    const cover: Cover = coverOf(this.wal, legs);
    const gap = cover.gap;
    const reach: Reach = {
      backup,
      line,
      legs,
      pieces: cover.pieces,
      end: cover.end,
      stops: gap === null ? { is: 'end' } : { is: 'gap', ...gap },
    };
    const damage = this.#damage(reach);
    if (damage === undefined) return reach;
    const pieces = cover.pieces.flatMap(piece =>
      piece.from >= damage.at ? [] : [{ ...piece, to: piece.to < damage.at ? piece.to : damage.at }],
    );
    return { ...reach, pieces, end: damage.at, stops: { is: 'damage', ...damage } };
  }

  #damage({ pieces }: Reach): { segment: string; at: Lsn; why: string } | undefined {
    for (const piece of pieces) {
      const partial = this.wal.stretches.find(
        ({ timeline, partial: name, to }) => name !== null && timeline === piece.timeline && to >= piece.to,
      )?.partial;
      for (const { index } of this.#of(piece)) {
        const { segment, invalid } = index;
        // An unfinished segment always stops somewhere.
        if (invalid !== null && segment !== partial && invalid.at < piece.to) return { segment, ...invalid };
      }
    }
    return this.#unreadableIn(pieces);
  }

  #unreadableIn(pieces: readonly Piece[]): { segment: string; at: Lsn; why: string } | undefined {
    const bad = [...(this.#facts.unreadable ?? [])].flatMap(segment => {
      const place = parseSegmentName(segment, this.wal.segmentSize);
      const piece = pieces.find(
        one =>
          place &&
          one.timeline === place.timeline &&
          one.from < place.start + BigInt(this.wal.segmentSize) &&
          place.start < one.to,
      );
      if (!place || !piece) return [];
      return [{ segment, at: place.start < piece.from ? piece.from : place.start, why: 'it cannot be read back' }];
    });
    return bad.sort((a, b) => (a.at < b.at ? -1 : 1))[0];
  }

  #of({ timeline, from, to }: Piece): Placed[] {
    const line = this.#byLine.get(timeline) ?? [];
    const size = BigInt(this.wal.segmentSize);
    const begin = firstFrom(line, from - size + 1n);
    const end = firstFrom(line, to);
    return line.slice(begin, end);
  }

  /** The first end of a transaction on the way, from `from` on, that is wanted. `may`: whether a segment can hold one at all. */
  firstEnd(
    reach: Reach,
    may: (index: WalIndex) => boolean,
    wanted: (end: TransactionEnd) => boolean,
    from = reach.backup.start,
  ): Found<TransactionEnd> | undefined {
    for (const piece of reach.pieces) {
      for (const { index } of this.#of(piece)) {
        if (index.firstEnd === null || !may(index)) continue;
        const ends = this.#ends(index);
        const it = ends.find(end => within(end, piece) && end.lsn >= from && wanted(end));
        if (it) return { it, segment: index.segment, piece };
      }
    }
    return undefined;
  }

  /** The last one that begins before `before`. */
  lastEnd(reach: Reach, before: Lsn | null = null): TransactionEnd | undefined {
    for (const piece of [...reach.pieces].reverse()) {
      for (const { index } of this.#of(piece).reverse()) {
        if (index.firstEnd === null) continue;
        if (before !== null && index.firstEnd.lsn >= before) continue;
        const it = this.#ends(
          index,
          index.lastEnd?.end !== undefined &&
            index.lastEnd.end <= piece.to &&
            (before === null || index.lastEnd.lsn < before),
        ).findLast(end => within(end, piece) && end.lsn >= reach.backup.start && (before === null || end.lsn < before));
        if (it) return it;
      }
    }
    return undefined;
  }

  restorePoints(reach: Reach): Found<RestorePoint>[] {
    return reach.pieces.flatMap(piece =>
      this.#of(piece).flatMap(({ index }) =>
        index.restorePoints
          .filter(it => within(it, piece) && it.lsn >= reach.backup.start)
          .map(it => ({ it, segment: index.segment, piece })),
      ),
    );
  }

  /** The segment by whose end a record that begins at or after this place has surely ended. */
  recordFrom(reach: Reach, at: Lsn): { readonly segment: string; readonly end: Lsn } | undefined {
    for (const piece of reach.pieces) {
      if (piece.to <= at) continue;
      for (const { index } of this.#of(piece)) {
        if (index.last !== null && index.last >= at && index.last >= piece.from && index.end <= piece.to)
          return { segment: index.segment, end: index.end };
      }
    }
    // Where the way leaves a timeline and cannot go on, the index tells of records that are not on it: one of those that bear a time will do.
    const end = this.firstEnd(
      reach,
      ({ lastEnd }) => lastEnd !== null && lastEnd.lsn >= at,
      ({ lsn }) => lsn >= at,
      at,
    );
    return end && { segment: end.segment, end: end.it.end };
  }

  /** The segment in which the byte before this place lies. */
  nameAt({ pieces }: Reach, at: Lsn): string | null {
    const piece = pieces.find(({ from, to }) => from < at && at <= to);
    return piece ? lastSegmentName(piece.timeline, at, this.wal.segmentSize) : null;
  }

  /** Where the last whole record of the way ends. */
  lastRecord(reach: Reach): Lsn {
    const last = reach.pieces.at(-1);
    const index = last && this.#of(last).findLast(({ index: one }) => one.last !== null)?.index;
    return index && index.end >= reach.backup.stop && index.end <= reach.end ? index.end : reach.end;
  }

  /**
   * The time of the latest transaction that ended before the backup's stop point, as far back as WAL of its timeline is kept: the
   * backup has all that happened until then. Null where there is none to be seen.
   */
  latestBefore(backup: Backup): { readonly time: TransactionEnd['time'] } | null {
    const stretch = this.wal.stretches.find(
      ({ timeline, from, to }) => timeline === backup.timeline && from <= backup.start && backup.start <= to,
    );
    if (!stretch) return null;
    const piece: Piece = {
      timeline: backup.timeline,
      from: stretch.from,
      to: backup.stop < stretch.to ? backup.stop : stretch.to,
    };
    for (const { index } of this.#of(piece).reverse()) {
      if (index.firstEnd === null || index.firstEnd.lsn >= backup.stop || index.times === null) continue;
      if (index.lastEnd !== null && index.lastEnd.lsn < backup.stop) return { time: index.times.max };
      const ends = this.#ends(index).filter(end => end.lsn < backup.stop);
      const max = ends.reduce<TransactionEnd | null>((a, b) => (a === null || b.time > a.time ? b : a), null);
      if (max) return max;
    }
    return null;
  }

  /** All of them, or as many as the index has; `enough`: the index has the one that matters. */
  #ends(index: WalIndex, enough = false): readonly TransactionEnd[] {
    const read = this.#facts.read?.get(index.segment);
    if (read) return read;
    if (index.ends > 2 && !enough) this.#unread.add(index.segment);
    return [index.firstEnd, index.lastEnd].filter(end => end !== null).slice(0, index.ends);
  }
}

export interface Found<T> {
  readonly it: T;
  /** In which it ends. */
  readonly segment: string;
  readonly piece: Piece;
}

/** What began on an earlier piece ends here; what lies before this piece was there already. */
const within = ({ end }: { readonly end: Lsn }, { from, to }: Piece): boolean => end > from && end <= to;

/** The first one that begins at or after this place. */
function firstFrom(line: readonly Placed[], at: bigint): number {
  let [low, high] = [0, line.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((line[middle]?.start ?? 0n) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}
