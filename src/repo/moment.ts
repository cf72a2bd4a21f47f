// What a time, a place of the WAL or a transaction is as the other two.

import { type Lsn, lsn as lsnOf } from '../postgres/lsn.ts';
import type { Timeline } from '../postgres/timeline.ts';
import { endingOf, recordHeader } from '../postgres/wal-meaning.ts';
import type { SeenRecord } from '../postgres/wal-walked.ts';
import { xidAfter } from '../postgres/xid.ts';
import { type Instant, instantOfMicros, microsOf } from '../time.ts';
import type { KnownSegments } from './known-segments.ts';
import type { ClusterRepository } from './repository.ts';
import type { RestorePoint, TransactionEnd } from './wal-kept.ts';
import { readKeptWal } from './wal-index.ts';
import { readSlices } from './wal-reading.ts';
import { lineAt, type Slice, type WalWay } from './wal-ways.ts';

/** Between two ends of transactions, in the order of the WAL; null where there is none as far as it is kept. */
export interface Moment {
  readonly timeline: Timeline;
  /** The timeline to give to a restore; null where the newest one leads there. */
  readonly branch: Timeline | null;
  readonly before: TransactionEnd | null;
  readonly after: TransactionEnd | null;
}

export interface PlacedEnd extends TransactionEnd {
  readonly timeline: Timeline;
  readonly branch: Timeline | null;
  readonly segment: string;
  /** The transaction that it was a part of, where it was a subtransaction; else the same. */
  readonly of: number;
}

export interface PlacedPoint extends RestorePoint {
  readonly timeline: Timeline;
  readonly branch: Timeline | null;
}

/** What was asked for, and what there is of it. */
export type At =
  | { readonly is: 'time'; readonly time: Instant; readonly moments: readonly Moment[] }
  | { readonly is: 'lsn'; readonly lsn: Lsn; readonly moments: readonly Moment[] }
  | { readonly is: 'xid'; readonly xid: number; readonly ends: readonly PlacedEnd[] }
  | { readonly is: 'points'; readonly points: readonly PlacedPoint[] };

const branchOf = ({ newest, line }: WalWay): Timeline | null => (newest ? null : line);

/**
 * Where a recovery to this time ends on the way to the newest timeline: `after` is the first transaction in the order of the WAL that ended later, which is what recovery stops before
 * (xlogrecovery.c, recoveryStopsBefore). Times need not rise with the WAL, so that a later one may have ended earlier.
 */
export async function momentOfTime(
  repo: ClusterRepository,
  { ways: [way], indexes, wal }: KnownSegments,
  time: Instant,
): Promise<Moment | undefined> {
  if (way === undefined) return undefined;
  const wanted = microsOf(time);
  let before: TransactionEnd | null = null;
  for (const slice of way.slices) {
    const index = indexes.get(slice.name);
    if (!index?.times) continue;
    if (microsOf(index.times.max) <= wanted && isWhole(slice, wal.segmentSize)) {
      before = index.lastEnd;
      continue;
    }
    const ends = await endsIn(repo, slice, wal.segmentSize);
    const at = ends.findIndex(end => microsOf(end.time) > wanted);
    if (at >= 0) return between(way, ends[at - 1] ?? before, ends[at] ?? null);
    before = ends.at(-1) ?? before;
  }
  return before === null ? undefined : between(way, before, null);
}

/** On each timeline that has this place: the last one that ended with a record at or before it, and the next. */
export async function momentsOfLsn(
  repo: ClusterRepository,
  { ways, indexes, wal }: KnownSegments,
  at: Lsn,
): Promise<Moment[]> {
  const found: Moment[] = [];
  for (const way of ways) {
    const here = way.slices.findIndex(({ from, to }) => from <= at && at < to);
    if (here < 0 || at < way.own) continue;
    const neighbour = async (step: 1 | -1, from: number): Promise<TransactionEnd | null> => {
      for (let slice = way.slices[from], i = from; slice !== undefined; slice = way.slices[(i += step)]) {
        if (!indexes.get(slice.name)?.firstEnd) continue;
        const ends = await endsIn(repo, slice, wal.segmentSize);
        const end = step > 0 ? ends.find(({ lsn }) => lsn > at) : ends.findLast(({ lsn }) => lsn <= at);
        if (end) return end;
      }
      return null;
    };
    // A record that begins here may end in the next segment.
    const last = Math.min(here + 1, way.slices.length - 1);
    const [before, after] = [await neighbour(-1, last), await neighbour(1, here)];
    found.push({ ...between(way, before, after), timeline: lineAt(way, at) });
  }
  return found;
}

/** Wherever a transaction of this number ended, on its own or as a part of another; a number may be there on several timelines. */
export async function endsOfXid(
  repo: ClusterRepository,
  known: KnownSegments,
  xid: number,
  tell: () => void,
): Promise<PlacedEnd[]> {
  const own = await endsAmong(repo, known, xid, tell, ({ min, max }) => !xidAfter(min, xid) && !xidAfter(xid, max));
  if (own.length > 0) return own;
  // A subtransaction ends with its transaction, which has a lower number.
  return endsAmong(repo, known, xid, tell, ({ min }) => xidAfter(xid, min));
}

async function endsAmong(
  repo: ClusterRepository,
  { ways, indexes, wal }: KnownSegments,
  xid: number,
  tell: () => void,
  mayHold: (xids: { readonly min: number; readonly max: number }) => boolean,
): Promise<PlacedEnd[]> {
  const found: PlacedEnd[] = [];
  for (const way of ways) {
    let slice: Slice | undefined;
    const reader = {
      wants: (manager: number, _info: number, length: number) => (manager === 1 ? length : recordHeader),
      enter: (next: Slice) => void (slice = next),
      visit: (record: SeenRecord) => {
        const end = endingOf(record);
        if (!end || !slice || (end.ending.xid !== xid && !end.ending.subxids.includes(xid))) return;
        const [lsn, to] = [record.from, record.to].map(offset => lsnOf((slice?.start ?? 0n) + BigInt(offset)));
        if (lsn === undefined || to === undefined || to <= way.own) return;
        const { committed, micros, ending } = end;
        const placed = { timeline: lineAt(way, lsn), branch: branchOf(way), segment: slice.name, of: ending.xid };
        found.push({ xid, committed, lsn, end: to, time: instantOfMicros(micros), ...placed });
      },
    };
    const slices = way.slices.filter(({ name, to }) => {
      const xids = indexes.get(name)?.xids;
      return to > way.own && xids ? mayHold(xids) : false;
    });
    await readSlices(repo, withBefore(way.slices, slices), undefined, { segmentSize: wal.segmentSize, reader, tell });
  }
  return found;
}

/** With the segment before each: the record may have begun there. */
function withBefore(all: readonly Slice[], some: readonly Slice[]): Slice[] {
  const chosen = new Set(some.flatMap(slice => [all[all.indexOf(slice) - 1] ?? slice, slice]));
  return all.filter(slice => chosen.has(slice));
}

/** Named restore points, in the order of the WAL. */
export function restorePoints({ ways, indexes }: KnownSegments): PlacedPoint[] {
  return ways.flatMap(way =>
    way.slices.flatMap(({ name, from, to }) =>
      (indexes.get(name)?.restorePoints ?? [])
        .filter(({ end }) => end > from && end <= to && end > way.own)
        .map(point => ({ ...point, timeline: lineAt(way, point.lsn), branch: branchOf(way) })),
    ),
  );
}

function between(way: WalWay, before: TransactionEnd | null, after: TransactionEnd | null): Moment {
  const at = after ?? before;
  return { timeline: at === null ? way.line : lineAt(way, at.lsn), branch: branchOf(way), before, after };
}

const isWhole = ({ start, to }: Slice, segmentSize: number): boolean => to === start + BigInt(segmentSize);

async function endsIn(
  repo: ClusterRepository,
  { name, from, to }: Slice,
  segmentSize: number,
): Promise<TransactionEnd[]> {
  const ends = (await readKeptWal(repo, name, segmentSize))?.ends ?? [];
  return ends.filter(({ end }) => end > from && end <= to);
}
