// The WAL of a cluster, proven: whole segments, unfinished ones, histories, and what should be there and is not.

import { type Lsn, lsn, showLsn } from '../postgres/lsn.ts';
import { lastSegmentName, parseSegmentName } from '../postgres/segment.ts';
import { parseHistory, parseTimelineHex, type History, type Timeline } from '../postgres/timeline.ts';
import { seconds } from '../time.ts';
import type { Backup } from './backup.ts';
import { Damage } from './damage.ts';
import { journalEnd, readJournal } from './partial.ts';
import type { ClusterRepository } from './repository.ts';
import type { Stored, StoreName } from './store.ts';
import { type KeptFile, stretchesOf } from './wal-catalog.ts';
import type { WalKept } from './wal-kept.ts';
import { segmentsOf } from './wal-path.ts';
import type { Wound } from './wound.ts';

/** All WAL that is there or should be, damaged or not. */
export interface ListedWal {
  readonly segmentSize: number;
  readonly files: readonly KeptFile[];
  readonly histories: ReadonlyMap<Timeline, History>;
  /** Of unfinished segments, by name: where they end, by the lengths that their pieces tell. */
  readonly ends: ReadonlyMap<string, Lsn>;
}

/** What can be used of it when these things are gone. Pure. */
export function walWithout(wal: ListedWal, wounds: readonly Wound[]): WalKept {
  const { segmentSize } = wal;
  const harms = wounds.map(({ harm }) => harm);
  const gone = new Set(harms.flatMap(harm => (harm.is === 'segments' ? harm.names : [])));
  const ends = new Map(wal.ends);
  for (const harm of harms) if (harm.is === 'partial') ends.set(harm.name, harm.end);
  const lines = new Set(harms.flatMap(harm => (harm.is === 'history' ? [harm.timeline] : [])));
  const files = harms.some(({ is }) => is === 'cluster')
    ? []
    : wal.files.filter(({ kind, name }) => kind === 'partial' || !gone.has(name));
  return {
    segmentSize,
    histories: new Map([...wal.histories].filter(([line]) => !lines.has(line))),
    stretches: stretchesOf(files, segmentSize).map(stretch =>
      stretch.partial === null ? stretch : { ...stretch, to: ends.get(stretch.partial) ?? stretch.to },
    ),
  };
}

export interface WalFound {
  readonly wal: ListedWal;
  /** Histories that cannot be read, and WAL that is not there. */
  readonly wounds: readonly Wound[];
}

/** What there is by name, with the histories read: they are few, and everything else hangs on them. */
export async function listWal(
  repo: ClusterRepository,
  listed: readonly Stored[],
  backups: readonly Backup[],
  segmentSize: number,
): Promise<WalFound> {
  const { names } = repo;
  const there = filesIn(listed, names.wal, segmentSize);
  const indexed = filesIn(listed, names.indexes, segmentSize);
  const missing = missingSegments(there, indexed, backups, segmentSize);
  const ends = new Map<string, Lsn>();
  for (const { kind, name, start } of there)
    if (kind === 'partial') ends.set(name, await journalEnd(repo, names.partial(name), start));
  const short = tooShort(repo, backups, ends, segmentSize);
  const lines = new Set([...there.map(({ timeline }) => timeline), ...backups.map(one => one.stopTimeline)]);
  const { histories, wounds } = await readHistories(repo, listed, lines);
  const files = [...there, ...missing].sort(inPlace);
  return {
    wal: { segmentSize, files, histories, ends },
    wounds: [...wounds, ...runs(repo, missing, segmentSize), ...short],
  };
}

/** Unfinished segments that end before the stop point of a backup; `ends` is then as it should be. */
function tooShort(
  { names }: ClusterRepository,
  backups: readonly Backup[],
  ends: Map<string, Lsn>,
  segmentSize: number,
): Wound[] {
  return backups.flatMap(({ id, status, stopTimeline, stop }): Wound[] => {
    const name = lastSegmentName(stopTimeline, stop, segmentSize);
    const end = ends.get(name);
    if (status !== 'ok' || end === undefined || end >= stop) return [];
    ends.set(name, stop);
    const what = `ends at ${showLsn(end)}, and backup ${id} needs WAL up to ${showLsn(stop)}`;
    return [{ object: names.partial(name), what, missing: false, harm: { is: 'partial', name, end } }];
  });
}

function filesIn(listed: readonly Stored[], prefix: StoreName, segmentSize: number): KeptFile[] {
  return listed.flatMap(({ name: path, at }) => {
    const file = path.startsWith(prefix) ? path.slice(path.lastIndexOf('/') + 1) : '';
    const place = parseSegmentName(file, segmentSize);
    return place ? [{ ...place, name: file.slice(0, 24), at }] : [];
  });
}

const inPlace = (a: KeptFile, b: KeptFile): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : a.kind === 'segment' ? -1 : 1;

/** Between those that are there; those that an index tells of, which goes before its segment; and those that a backup cannot do without. */
function missingSegments(
  there: readonly KeptFile[],
  indexed: readonly KeptFile[],
  backups: readonly Backup[],
  segmentSize: number,
): KeptFile[] {
  const known = new Set(there.map(({ name }) => name));
  const ofBackups = backups
    .filter(({ status, timeline, stopTimeline }) => status === 'ok' && timeline === stopTimeline)
    .flatMap(({ timeline, start, stop }) => segmentsOf({ timeline, from: start, to: stop }, segmentSize));
  const stretches = stretchesOf([...there].sort(inPlace), segmentSize);
  const between = stretches.flatMap((stretch, at) => {
    const next = stretches[at + 1];
    if (next?.timeline !== stretch.timeline) return [];
    return segmentsOf({ timeline: stretch.timeline, from: stretch.to, to: next.from }, segmentSize);
  });
  const names = new Set([...between, ...indexed.map(({ name }) => name), ...ofBackups]);
  return [...names].flatMap(name => {
    const place = parseSegmentName(name, segmentSize);
    return place && !known.has(name) ? [{ ...place, name, at: 0 }] : [];
  });
}

/** One for each run of missing segments. */
function runs(repo: ClusterRepository, missing: readonly KeptFile[], segmentSize: number): Wound[] {
  const found: KeptFile[][] = [];
  for (const file of [...missing].sort(inPlace)) {
    const run = found.at(-1);
    const last = run?.at(-1);
    const follows = last?.timeline === file.timeline && last.start + BigInt(segmentSize) === file.start;
    if (run !== undefined && follows) run.push(file);
    else found.push([file]);
  }
  return found.map(run => {
    const names = run.map(({ name }) => name);
    const [first = '', last = ''] = [names[0], names.at(-1)];
    const what =
      names.length === 1 ? 'is not there' : `is not there, nor is any up to ${last} (${names.length} segments)`;
    return { object: repo.names.segment(first), what, missing: true, harm: { is: 'segments', names } };
  });
}

async function readHistories(
  repo: ClusterRepository,
  listed: readonly Stored[],
  lines: ReadonlySet<Timeline>,
): Promise<{ histories: Map<Timeline, History>; wounds: Wound[] }> {
  const histories = new Map<Timeline, History>();
  const wounds: Wound[] = [];
  const there = new Set(listed.map(({ name }) => name));
  const stored = listed.flatMap(({ name }) => {
    const [, hex = ''] = /\/history\/([0-9A-F]{8})\.history$/.exec(name) ?? [];
    return parseTimelineHex(hex) ?? [];
  });
  for (const line of new Set([...stored, ...lines])) {
    const object = repo.names.history(line);
    const hurt = (what: string): void =>
      void wounds.push({ object, what, missing: !there.has(object), harm: { is: 'history', timeline: line } });
    try {
      const bytes = await repo.vault.get(object, 'history');
      const history = bytes && parseHistory(bytes.toString('latin1'), line);
      if (history) histories.set(line, history);
      else if (bytes) hurt('is no history of this timeline');
      else if (line > 1) hurt('is not there');
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      hurt(whatOf(error));
    }
  }
  return { histories, wounds };
}

/** A whole segment, read to its end. Undefined where it is well, or was removed meanwhile. */
export async function proveSegment(
  repo: ClusterRepository,
  name: string,
  segmentSize: number,
): Promise<Wound | undefined> {
  const object = repo.names.segment(name);
  const hurt = (what: string): Wound => ({ object, what, missing: false, harm: { is: 'segments', names: [name] } });
  try {
    const read = await repo.vault.read(object, 'segment');
    if (read === undefined) return undefined;
    let length = 0;
    for await (const piece of read) length += piece.length;
    return length === segmentSize ? undefined : hurt(`holds ${length} bytes of WAL, and a segment has ${segmentSize}`);
  } catch (error) {
    if (error instanceof Damage) return hurt(whatOf(error));
    throw error;
  }
}

/**
 * An unfinished segment, up to what was acknowledged. A crash may have left the beginning of one more piece, which nobody can tell from a
 * damaged one: it is told, until a receiver has cut it off.
 */
export async function provePartial(
  repo: ClusterRepository,
  { name, start }: Pick<KeptFile, 'name' | 'start'>,
  isWhole: boolean,
): Promise<Wound | undefined> {
  const object = repo.names.partial(name);
  const hurt = (what: string, end: Lsn): Wound => {
    const harm = isWhole ? nothingLost : { is: 'partial' as const, name, end };
    return { object, what, missing: false, harm };
  };
  let before = -1;
  for (;;) {
    let end: bigint = start;
    try {
      const reading = readJournal(repo, object, start);
      let next = await reading.next();
      for (; next.done !== true; next = await reading.next()) end += BigInt(next.value.length);
      const { size, rest } = next.value;
      if (rest === 'none') return undefined;
      if (rest === 'damaged') return hurt(`cannot be read from byte ${size} on`, lsn(end));
      // A piece that is being written: a moment later it is whole.
      if (size === before)
        return hurt(`its last piece, from byte ${size} on, was torn by a crash or is damaged`, lsn(end));
      before = size;
      await repo.clock.sleep(seconds(0.2));
    } catch (error) {
      if (error instanceof Damage) return hurt(whatOf(error), start);
      throw error;
    }
  }
}

const nothingLost = { is: 'nothing', why: 'its whole segment is kept as well' } as const;

/** Without the object's name, which stands beside it. */
export const whatOf = ({ object, message }: Damage): string =>
  message.startsWith(`${object}: `) ? message.slice(object.length + 2) : message;
