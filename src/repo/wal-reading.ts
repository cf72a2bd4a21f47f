// Reads segments that are kept, one behind the other, and shows their records; while one is walked the next are brought.

import type { Lsn } from '../postgres/lsn.ts';
import { walkWal } from '../postgres/wal-walk.ts';
import type { SeenRecord, Visitor, WalTail } from '../postgres/wal-walked.ts';
import type { ClusterRepository } from './repository.ts';
import { keptBytes } from './wal-index.ts';
import { isNext, type Slice } from './wal-ways.ts';

/** How many segments are brought at once: reading and unpacking go on in the thread pool. */
const ahead = 4;

export interface RecordReader extends Visitor {
  /** Before the records of each segment: where it begins. */
  enter(slice: Slice): void;
}

/**
 * Shows every record that begins in these slices; where nothing is missing behind the last one, `next` gives the rest of one that goes on there. What
 * cannot be read back is passed over, and named.
 *
 * @param tell called after each segment
 */
export async function readSlices(
  repo: ClusterRepository,
  slices: readonly Slice[],
  next: Slice | undefined,
  {
    segmentSize,
    reader,
    tell,
  }: { readonly segmentSize: number; readonly reader: RecordReader; readonly tell: () => void },
): Promise<string[]> {
  const unreadable: string[] = [];
  const brought = new Map<string, Promise<Buffer | undefined>>();
  const bring = (name: string): Promise<Buffer | undefined> => {
    const known = brought.get(name) ?? keptBytes(repo, name);
    brought.set(name, known);
    return known;
  };
  let tail: WalTail | null = null;
  for (const [at, slice] of slices.entries()) {
    for (const { name } of slices.slice(at, at + ahead)) bring(name).catch(() => undefined);
    const bytes = await bring(slice.name);
    brought.delete(slice.name);
    if (!isNext(slices[at - 1], slice)) tail = null;
    if (bytes === undefined) unreadable.push(slice.name);
    tail = bytes === undefined ? null : walkSlice(bytes, slice, { segmentSize, tail, reader });
    tell();
  }
  if (tail?.begun && next && isNext(slices.at(-1), next)) {
    const { length, seen } = tail.begun;
    // The rest of that record, with room for the headers of the pages that it lies on.
    const rest = (await bring(next.name))?.subarray(0, (Math.ceil((length - seen) / 8000) + 1) * 8192);
    if (rest) walkSlice(rest, next, { segmentSize, tail, reader }, ({ from }) => from < 0);
  }
  return unreadable;
}

interface Walking {
  readonly segmentSize: number;
  readonly tail: WalTail | null;
  readonly reader: RecordReader;
}

function walkSlice(
  bytes: Buffer,
  slice: Slice,
  { segmentSize, tail, reader }: Walking,
  asked: (record: SeenRecord) => boolean = () => true,
): WalTail | null {
  const offset = (at: Lsn): number => Number(at - slice.start);
  const [from, to] = [offset(slice.from), offset(slice.to)];
  reader.enter(slice);
  const visit = (record: SeenRecord): void => {
    if (record.to > from && record.to <= to && asked(record)) reader.visit(record);
  };
  const walked = walkWal(bytes, { start: slice.start, segmentSize, tail }, { wants: reader.wants, visit });
  // Where the way leaves the timeline in mid-segment, what follows in the file is not on it.
  return to < segmentSize ? null : walked.tail;
}
