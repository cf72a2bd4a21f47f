// A small world of timelines, backups and kept WAL, grown at random, and a server in it that replays as PostgreSQL does.

import fc from 'fast-check';
import { type Lsn, lsn } from '../../../src/postgres/lsn.ts';
import { segmentName, segmentStart } from '../../../src/postgres/segment.ts';
import { type History, type Timeline, timeline } from '../../../src/postgres/timeline.ts';
import type { Backup } from '../../../src/repo/backup.ts';
import type { Known } from '../../../src/repo/choose.ts';
import type { KeptStretch, TransactionEnd, WalIndex } from '../../../src/repo/wal-kept.ts';
import { bytes, type Instant, instantOfMicros } from '../../../src/time.ts';

export const size = 1024 ** 2;
/** A record each; eight to a segment, of which the last one reaches into the next. */
export const unit = size / 8;
const shift = unit / 2;

export interface Line {
  readonly number: Timeline;
  readonly parent: Timeline | null;
  /** In units: where it begins and ends. */
  readonly from: number;
  readonly to: number;
}

export interface Record {
  readonly lsn: Lsn;
  readonly end: Lsn;
  readonly is: 'commit' | 'abort' | 'point' | 'other';
  readonly xid: number;
  readonly name: string;
  readonly time: Instant;
}

export interface World {
  readonly lines: readonly Line[];
  readonly backups: readonly Backup[];
  /** Names of files; `.partial` where unfinished. */
  readonly kept: ReadonlySet<string>;
}

const place = (at: number): Lsn => lsn(BigInt(16 * unit + at * unit + shift));
const base = 1_800_000_000_000_000;
/** Two neighbours share a time, so that borders are met. */
export const timeOf = (at: number): Instant => instantOfMicros(base + Math.floor(at / 2) * 60_000_000);

/** The record at a unit of a timeline. What it is depends on both, so that siblings differ. */
export function recordAt(at: number, line: Timeline): Record {
  const kind = (at * 7 + line * 5) % 6;
  const is = kind < 2 ? 'commit' : kind === 2 ? 'abort' : kind === 3 && at % 4 === 3 ? 'point' : 'other';
  return { lsn: place(at), end: place(at + 1), is, xid: 1000 * line + at + 3, name: `p${at % 5}`, time: timeOf(at) };
}

export const isEnd = ({ is }: Record): boolean => is === 'commit' || is === 'abort';

const grown = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 40 })), { maxLength: 4 });

export const worlds: fc.Arbitrary<World> = fc
  .tuple(
    fc.integer({ min: 5, max: 60 }),
    grown,
    fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat(12), fc.boolean()), { minLength: 1, maxLength: 5 }),
    fc.array(fc.nat(), { maxLength: 3 }),
    fc.boolean(),
  )
  .map(([first, children, taken, holes, whole]) => {
    const lines: Line[] = [{ number: timeline(1), parent: null, from: 0, to: first }];
    for (const [of, at, length] of children) {
      const parent = lines[of % lines.length]!;
      const from = parent.from + (at % (parent.to - parent.from + 1));
      lines.push({ number: timeline(lines.length + 1), parent: parent.number, from, to: from + length });
    }
    const backups = taken.map(([of, at, length, failed], i) => {
      const line = lines[of % lines.length]!;
      const start = line.from + (at % (line.to - line.from));
      // Its own end-of-backup record lies between them.
      const stop = Math.min(line.to, start + 1 + length);
      return backupOf(i, line.number, start, stop, failed && i > 0);
    });
    const all = lines.flatMap(filesOf);
    const gone = new Set(whole ? [] : holes.map(hole => all[hole % all.length]!));
    return { lines, backups, kept: new Set(all.filter(name => !gone.has(name))) };
  });

export function backupOf(number: number, line: Timeline, start: number, stop: number, failed = false): Backup {
  const id = `20260101T0000${String(number).padStart(2, '0')}Z-test`;
  return {
    format: 1,
    id,
    cluster: 'main',
    label: id,
    status: failed ? 'failed' : 'ok',
    damaged: failed ? 'page verification failed' : null,
    systemId: '1',
    version: '15.18',
    segmentSize: size,
    from: 'node1',
    role: 'primary',
    started: timeOf(start),
    stopped: timeOf(stop),
    timeline: line,
    start: place(start),
    stop: place(stop),
    stopTimeline: line,
    size: bytes(1),
    added: bytes(1),
    files: 1,
    blocks: { all: 1, stored: 1, patched: 0, same: 0 },
    tablespaces: [],
    packs: [`clusters/main/packs/${id}.00000`],
  };
}

/** Segments of a timeline, the one of its fork too; the last is unfinished. */
function filesOf({ number, from, to }: Line): string[] {
  const names: string[] = [];
  for (let at = segmentStart(place(from), size); at <= place(to); at = lsn(at + BigInt(size))) {
    const unfinished = at + BigInt(size) > place(to);
    if (!unfinished || at < place(to)) names.push(`${segmentName(number, at, size)}${unfinished ? '.partial' : ''}`);
  }
  return names;
}

/** From the first timeline to this one. */
export function ancestry({ lines }: Pick<World, 'lines'>, of: Timeline): Line[] {
  const found: Line[] = [];
  for (let line = lines.find(one => one.number === of); line;) {
    found.unshift(line);
    const { parent }: Line = line;
    line = lines.find(one => one.number === parent);
  }
  return found;
}

/** All that a timeline's WAL says, from the beginning of all. */
export function recordsTo(world: Pick<World, 'lines'>, of: Timeline): { record: Record; line: Timeline }[] {
  const way = ancestry(world, of);
  return way.flatMap((line, i) => {
    const to = way[i + 1]?.from ?? line.to;
    return Array.from({ length: Math.max(0, to - line.from) }, (_, n) => ({
      record: recordAt(line.from + n, line.number),
      line: line.number,
    }));
  });
}

export function historiesOf(world: Pick<World, 'lines'>): Map<Timeline, History> {
  return new Map(
    world.lines
      .filter(({ parent }) => parent !== null)
      .map(({ number }) => {
        const way = ancestry(world, number);
        const ancestors = way
          .slice(0, -1)
          .map((line, i) => ({ timeline: line.number, end: place(way[i + 1]!.from), reason: 'x' }));
        return [number, { timeline: number, ancestors }] as const;
      }),
  );
}

/** What the repository knows of it; `read`: everything, or only what was asked for. */
export function knownOf(world: World): Known & { readonly everything: ReadonlyMap<string, readonly TransactionEnd[]> } {
  const indexes = new Map<string, WalIndex>();
  const everything = new Map<string, readonly TransactionEnd[]>();
  const stretches: KeptStretch[] = [];
  for (const line of world.lines) {
    for (const file of filesOf(line)) {
      if (!world.kept.has(file)) continue;
      const name = file.slice(0, 24);
      const from = lsn(BigInt(`0x${name.slice(16)}`) * BigInt(size));
      const to = lsn(from + BigInt(size));
      const known = file.endsWith('.partial') ? place(line.to) : to;
      const inside = recordsTo(world, line.number)
        .map(({ record }) => record)
        .filter(({ end }) => end > from && end <= known);
      const ends = inside
        .filter(isEnd)
        .map(one => ({ xid: one.xid, committed: one.is === 'commit', lsn: one.lsn, end: one.end, time: one.time }));
      everything.set(name, ends);
      indexes.set(name, indexOf(name, from, inside, ends));
      const last = stretches.at(-1);
      const partial = file.endsWith('.partial') ? name : null;
      if (last?.timeline === line.number && last.to === from)
        stretches[stretches.length - 1] = { ...last, to: known, partial };
      else stretches.push({ timeline: line.number, from, to: known, partial });
    }
  }
  return {
    backups: world.backups,
    wal: { segmentSize: size, histories: historiesOf(world), stretches },
    indexes,
    everything,
  };
}

function indexOf(segment: string, from: Lsn, inside: readonly Record[], ends: readonly TransactionEnd[]): WalIndex {
  const last = inside.at(-1);
  const xids = ends.map(({ xid }) => xid);
  return {
    segment,
    last: last?.lsn ?? null,
    end: last?.end ?? from,
    ends: ends.length,
    commits: ends.filter(one => one.committed).length,
    mayDrop: 0,
    highest: xids.length === 0 ? null : Math.max(...xids),
    firstEnd: ends[0] ?? null,
    lastEnd: ends.at(-1) ?? null,
    times: ends.length === 0 ? null : { min: ends[0]!.time, max: ends.at(-1)!.time },
    xids: ends.length === 0 ? null : { min: Math.min(...xids), max: Math.max(...xids) },
    restorePoints: inside
      .filter(({ is }) => is === 'point')
      .map(one => ({ name: one.name, lsn: one.lsn, end: one.end, time: one.time })),
    invalid: null,
    tail: null,
  };
}

/** What a server replays from a backup to a timeline with these files: up to the first record that cannot be read. */
export function replayed(world: World, backup: Backup, to: Timeline, files: ReadonlySet<string>): Record[] {
  const way = ancestry(world, to);
  const records = recordsTo(world, to).filter(({ record }) => record.lsn >= backup.start);
  const cut = records.findIndex(({ record, line }) => !readable(world, way, record, line, files));
  return (cut < 0 ? records : records.slice(0, cut)).map(({ record }) => record);
}

function readable(
  world: World,
  way: readonly Line[],
  { lsn: from, end }: Record,
  of: Timeline,
  files: ReadonlySet<string>,
): boolean {
  for (let at = segmentStart(from, size); at < end; at = lsn(at + BigInt(size))) {
    const holders = way.filter(
      line =>
        line.number === of ||
        (line.number > of && segmentStart(place(line.from), size) === at && place(line.from) >= end),
    );
    const line = holders.findLast(({ number }) => {
      const name = segmentName(number, at, size);
      return files.has(name) || files.has(`${name}.partial`);
    });
    if (!line) return false;
  }
  return true;
}

/** Whether files of this way are kept that lie wholly behind a place. */
export const keptBehind = (world: World, to: Timeline, at: Lsn): boolean =>
  recordsTo(world, to).some(
    ({ record, line }) => record.lsn > at && readable(world, ancestry(world, to), record, line, world.kept),
  );

export { place };
