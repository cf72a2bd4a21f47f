// Which WAL the repository keeps: a listing of names, and the ends of what is unfinished.

import { type Lsn, lsn } from '../postgres/lsn.ts';
import { parseSegmentName, type Segment } from '../postgres/segment.ts';
import { type History, parseHistory, parseTimelineHex, type Timeline } from '../postgres/timeline.ts';
import { identityOf } from './identity.ts';
import { journalEnd, readJournal } from './partial.ts';
import type { ClusterRepository } from './repository.ts';
import { Damage } from './vault.ts';
import type { KeptStretch, WalKept } from './wal-kept.ts';

const usualSize = 16 * 1024 * 1024;

/** A file of WAL as it is listed. */
export interface KeptFile extends Segment {
  /** The plain name of the segment, also of a partial one. */
  readonly name: string;
  /** When it was put or last grew, in milliseconds since 1970. */
  readonly at: number;
}

/** All WAL that is kept. A history file that cannot be read is left out: whoever needs it finds that its timeline has none. */
export async function walKept(repo: ClusterRepository): Promise<WalKept> {
  const segmentSize = await segmentSizeOf(repo);
  const [files, histories] = await Promise.all([keptFiles(repo, segmentSize), keptHistories(repo)]);
  const stretches = await Promise.all(
    stretchesOf(files, segmentSize).map(async stretch => {
      if (stretch.partial === null) return stretch;
      const start = lsn(stretch.to - BigInt(segmentSize));
      return { ...stretch, to: await journalEnd(repo, repo.names.partial(stretch.partial), start) };
    }),
  );
  return { segmentSize, histories, stretches };
}

/** In bytes; 16 MB where nothing has been kept of the cluster yet. */
export const segmentSizeOf = async (repo: ClusterRepository): Promise<number> =>
  (await identityOf(repo))?.segmentSize ?? usualSize;

/** Sorted by timeline and place; a whole segment before the unfinished one of the same name. */
export async function keptFiles(repo: ClusterRepository, segmentSize: number): Promise<KeptFile[]> {
  const listed = await repo.store.list(repo.names.wal);
  return listed
    .flatMap(({ name: path, at }) => {
      const file = path.slice(path.lastIndexOf('/') + 1);
      const segment = parseSegmentName(file, segmentSize);
      return segment ? [{ ...segment, name: file.slice(0, 24), at }] : [];
    })
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.kind === 'segment' ? -1 : 1));
}

async function keptHistories(repo: ClusterRepository): Promise<Map<Timeline, History>> {
  const listed = await repo.store.list(repo.names.histories);
  const lines = listed.flatMap(({ name }) => {
    const [, hex = ''] = /\/([0-9A-F]{8})\.history$/.exec(name) ?? [];
    const line = parseTimelineHex(hex);
    return line === undefined ? [] : [line];
  });
  const read = await Promise.all(lines.map(line => readHistory(repo, line)));
  return new Map(read.flatMap(history => (history ? [[history.timeline, history] as const] : [])));
}

async function readHistory(repo: ClusterRepository, line: Timeline): Promise<History | undefined> {
  const bytes = await readHistoryFile(repo, line).catch((error: unknown) => {
    if (error instanceof Damage) return undefined;
    throw error;
  });
  return bytes && parseHistory(bytes.toString('latin1'), line);
}

/** The raw bytes of a timeline's history file. Throws Damage. */
export const readHistoryFile = (repo: ClusterRepository, line: Timeline): Promise<Buffer | undefined> =>
  repo.vault.get(repo.names.history(line), 'history');

/** Runs of files without a gap; `to` of one with a partial is the end of its segment as yet. Pure. */
export function stretchesOf(files: readonly KeptFile[], segmentSize: number): KeptStretch[] {
  const found: KeptStretch[] = [];
  for (const { timeline, start, kind, name } of files) {
    const last = found.at(-1);
    const to = lsn(start + BigInt(segmentSize));
    const partial = kind === 'partial' ? name : null;
    const goesOn = last?.timeline === timeline && last.to === start && last.partial === null;
    if (last?.timeline === timeline && last.to === to) continue; // the unfinished one of a segment that is whole
    if (goesOn) found[found.length - 1] = { ...last, to, partial };
    else found.push({ timeline, from: start, to, partial });
  }
  return found;
}

/** A whole segment. Undefined where it is not kept; throws Damage where it cannot be read back exactly. */
export const readSegment = (repo: ClusterRepository, name: string): Promise<Buffer | undefined> =>
  repo.vault.get(repo.names.segment(name), 'segment');

/**
 * An unfinished segment at its full size, as PostgreSQL wants it: what was acknowledged, then zeros. Undefined where it is
 * not kept. Throws Damage where something that was acknowledged cannot be read any more.
 */
export async function readPartial(
  repo: ClusterRepository,
  name: string,
): Promise<{ readonly bytes: Buffer; readonly end: Lsn } | undefined> {
  const segmentSize = await segmentSizeOf(repo);
  const place = parseSegmentName(name, segmentSize);
  const object = repo.names.partial(name);
  if (place === undefined || (await repo.store.getRange(object, 0, 1)) === undefined) return undefined;
  const bytes = Buffer.alloc(segmentSize);
  let length = 0;
  const reading = readJournal(repo, object, place.start);
  let next = await reading.next();
  for (; next.done !== true; next = await reading.next()) length += next.value.copy(bytes, length);
  if (next.value.rest === 'damaged') {
    throw new Damage(object, `cannot be read from ${String(next.value.size)} bytes on, where acknowledged WAL lies`);
  }
  return { bytes, end: lsn(place.start + BigInt(length)) };
}

/** The names of what is missing between the stretches of one timeline. */
export interface Gap {
  readonly timeline: Timeline;
  /** First position that is not kept, and the first that is again. */
  readonly from: Lsn;
  readonly to: Lsn;
}

/** In the order of {@link WalKept.stretches}. Pure. */
export function gapsOf({ stretches }: WalKept): Gap[] {
  return stretches.flatMap((stretch, at) => {
    const next = stretches[at + 1];
    return next?.timeline === stretch.timeline ? [{ timeline: stretch.timeline, from: stretch.to, to: next.from }] : [];
  });
}

/** Whether all WAL of the timeline from `from` to `to` is kept. Pure. */
export const isKept = ({ stretches }: WalKept, timeline: Timeline, from: Lsn, to: Lsn): boolean =>
  stretches.some(one => one.timeline === timeline && one.from <= from && to <= one.to);
