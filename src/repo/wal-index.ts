// The index of a segment of WAL: from when to when, which transactions, which restore points; made when the segment is finished, or by whoever needs it.

import { Fault } from '../faults.ts';
import { type Lsn, lsn, parseLsn, showLsn } from '../postgres/lsn.ts';
import { parseSegmentName, type Segment, segmentName } from '../postgres/segment.ts';
import { parseHistory } from '../postgres/timeline.ts';
import { type EndRecord, walkSegment } from '../postgres/wal-records.ts';
import type { WalTail } from '../postgres/wal-walked.ts';
import { instantOfMicros } from '../time.ts';
import type { ClusterRepository } from './repository.ts';
import { Damage } from './vault.ts';
import { readHistoryFile, readPartial, readSegment } from './wal-catalog.ts';
import type { TransactionEnd, WalIndex } from './wal-kept.ts';

/** Where a segment lies, and what came before it. */
interface IndexOptions {
  readonly segmentSize: number;
  /** Of the segment before it, where that is known: without it a record that began there is not seen. */
  readonly tail: WalTail | null;
}

/** A segment's index, and every end of a transaction in it. Pure. */
export interface ReadWal {
  readonly index: WalIndex;
  readonly ends: readonly TransactionEnd[];
}

/** @param bytes the segment, or what there is of one that is not finished */
export function readWal(name: string, bytes: Buffer, { segmentSize, tail }: IndexOptions): ReadWal {
  const start = placeOf(name, segmentSize).start;
  const walked = walkSegment(bytes, { start, segmentSize, tail });
  const at = (offset: number): Lsn => lsn(start + BigInt(offset));
  const end = (one: EndRecord): TransactionEnd => ({
    xid: one.xid,
    committed: one.committed,
    lsn: at(one.from),
    end: at(one.to),
    time: instantOfMicros(one.micros),
  });
  const { ends, restorePoints } = walked;
  const [first, last] = [ends[0], ends.at(-1)];
  return {
    ends: ends.map(end),
    index: {
      segment: name,
      last: walked.last,
      end: walked.end ?? start,
      ends: ends.length,
      commits: ends.filter(({ committed }) => committed).length,
      mayDrop: ends.filter(one => one.mayDrop).length,
      highest: walked.highest,
      firstEnd: first ? end(first) : null,
      lastEnd: last ? end(last) : null,
      times: first ? times(ends) : null,
      xids: first ? { min: least(ends, ({ xid }) => xid), max: most(ends, ({ xid }) => xid) } : null,
      restorePoints: restorePoints.map(({ name: point, from, to, micros }) => ({
        name: point,
        lsn: at(from),
        end: at(to),
        time: instantOfMicros(micros),
      })),
      invalid: walked.invalid,
      tail: walked.tail,
    },
  };
}

const times = (ends: readonly EndRecord[]): NonNullable<WalIndex['times']> => ({
  min: instantOfMicros(least(ends, ({ micros }) => micros)),
  max: instantOfMicros(most(ends, ({ micros }) => micros)),
});

const least = <T>(list: readonly T[], of: (one: T) => number): number =>
  list.reduce((sum, one) => Math.min(sum, of(one)), Infinity);
const most = <T>(list: readonly T[], of: (one: T) => number): number =>
  list.reduce((sum, one) => Math.max(sum, of(one)), -Infinity);

function placeOf(name: string, segmentSize: number): Segment {
  const place = parseSegmentName(name, segmentSize);
  if (place === undefined) throw new Fault('invalid', `"${name}" is no WAL segment of ${segmentSize} bytes`);
  return place;
}

/** Makes the index of a finished segment and keeps it; for whoever puts segments, after the segment itself. */
export async function indexSegment(repo: ClusterRepository, name: string, bytes: Buffer): Promise<WalIndex> {
  const { index } = readWal(name, bytes, {
    segmentSize: bytes.length,
    tail: await tailBefore(repo, name, bytes.length),
  });
  await repo.vault.put(repo.names.index(name), 'index', encodeIndex(index));
  return index;
}

/**
 * The indexes of these segments, also of unfinished ones; made on the spot where none is kept. Those that are not kept at all
 * are left out, as are those that cannot be read: what is damaged is found by `verify`, and by whoever wants to replay it.
 */
export async function walIndexes(
  repo: ClusterRepository,
  names: readonly string[],
  segmentSize: number,
): Promise<Map<string, WalIndex>> {
  const found = new Map<string, WalIndex>();
  const left = [...names];
  const work = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      const index = (await keptIndex(repo, name)) ?? (await readKeptWal(repo, name, segmentSize))?.index;
      if (index) found.set(name, index);
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return found;
}

/** Everything in a segment, finished or not, read anew; undefined where it is not kept or cannot be read. */
export async function readKeptWal(
  repo: ClusterRepository,
  name: string,
  segmentSize: number,
): Promise<ReadWal | undefined> {
  const bytes = await keptBytes(repo, name);
  return bytes && readWal(name, bytes, { segmentSize, tail: await tailBefore(repo, name, segmentSize) });
}

/** The bytes of a segment, or what there is of an unfinished one; undefined where it is not kept or cannot be read. */
export const keptBytes = (repo: ClusterRepository, name: string): Promise<Buffer | undefined> =>
  undamaged(async () => (await readSegment(repo, name)) ?? (await unfinished(repo, name)));

async function unfinished(repo: ClusterRepository, name: string): Promise<Buffer | undefined> {
  const partial = await readPartial(repo, name);
  if (partial === undefined) return undefined;
  const { start } = placeOf(name, partial.bytes.length);
  // What lies behind what was acknowledged are zeros, which the walker would take for an end as well; but not in mid-record.
  return partial.bytes.subarray(0, Number(partial.end - start));
}

async function keptIndex(repo: ClusterRepository, name: string): Promise<WalIndex | undefined> {
  const bytes = await undamaged(() => repo.vault.get(repo.names.index(name), 'index'));
  return bytes && decodeIndex(bytes, name);
}

/** Of the segment before this one, on its own timeline or, where that began in this segment, on the one it grew out of. */
async function tailBefore(repo: ClusterRepository, name: string, segmentSize: number): Promise<WalTail | null> {
  const { timeline, start } = placeOf(name, segmentSize);
  if (start < segmentSize) return null;
  const before = lsn(start - BigInt(segmentSize));
  const history = await undamaged(() => readHistoryFile(repo, timeline));
  const older = history && parseHistory(history.toString('latin1'), timeline)?.ancestors;
  for (const line of [timeline, ...(older ?? []).map(one => one.timeline).reverse()]) {
    const former = segmentName(line, before, segmentSize);
    const index = await keptIndex(repo, former);
    if (index) return index.tail;
    const bytes = await undamaged(() => readSegment(repo, former));
    // Not further back: only a record longer than a segment would be missed.
    if (bytes) return readWal(former, bytes, { segmentSize, tail: null }).index.tail;
  }
  return null;
}

async function undamaged<T>(read: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Damage) return undefined;
    throw error;
  }
}

type Plain = Record<string, unknown>;

/** 2 tells how many commits there are, and what may have been dropped. */
const format = 2;

/** JSON, with LSNs as PostgreSQL prints them. */
export function encodeIndex(index: WalIndex): Buffer {
  const plain = JSON.stringify({ format, ...index }, (key, value: unknown) => {
    if (typeof value === 'bigint') return showLsn(value as Lsn);
    // By the time it gets here a Buffer has become { type, data }.
    return key === 'head' ? Buffer.from((value as { data: number[] }).data).toString('base64') : value;
  });
  return Buffer.from(plain);
}

const positions = new Set(['lsn', 'end', 'at', 'last']);

/** Undefined where it is of another format, or of another segment: it is then made anew. */
export function decodeIndex(bytes: Buffer, segment: string): WalIndex | undefined {
  const plain = JSON.parse(bytes.toString(), (key, value: unknown) => {
    if (typeof value !== 'string') return value;
    if (key === 'head') return Buffer.from(value, 'base64');
    return positions.has(key) ? parseLsn(value) : value;
  }) as Plain;
  const { format: written, ...index } = plain;
  return written === format && index['segment'] === segment ? (index as unknown as WalIndex) : undefined;
}
