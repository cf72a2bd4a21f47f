// The search for transactions on one way through the WAL: reads the segments only in which they may have ended, and those in which they began.

import { type RelationFile, relationKey } from '../postgres/relation-file.ts';
import { xidAfter } from '../postgres/xid.ts';
import { type Instant, instantOfMicros, microsOf } from '../time.ts';
import { did, type FoundTransaction, type Operation, rowOperations } from './found-transaction.ts';
import { type EndedTransaction, Gathering } from './gathering.ts';
import type { KnownSegments } from './known-segments.ts';
import type { ClusterRepository } from './repository.ts';
import { type StorageChanges, storageChanges } from './storage.ts';
import { addTally, type RowCounts, type SeenClass, type Tally } from './tally.ts';
import { readKeptWal } from './wal-index.ts';
import type { WalIndex } from './wal-kept.ts';
import { type RecordReader, readSlices } from './wal-reading.ts';
import { isNext, lineAt, type Slice, type WalWay } from './wal-ways.ts';

export interface Wanted {
  /** At least one of them; null: whatever it did, nothing to tables perhaps. */
  readonly operations: ReadonlySet<Operation> | null;
  /** Commit times, both included. */
  readonly between: { readonly from: Instant; readonly to: Instant } | null;
  /** Of a transaction or of one of its subtransactions. */
  readonly xid: number | null;
}

interface Candidate extends EndedTransaction {
  /** How many commits of the run came up to it. */
  readonly commits: number;
}

/** Slices that are next to one another and may hold the end of what is wanted. */
interface Run {
  readonly from: number;
  to: number;
}

export class WaySearch {
  readonly classes: SeenClass[] = [];
  readonly pairs: StorageChanges['pairs'][number][] = [];
  readonly unreadable: string[] = [];
  read = 0;
  readonly #repo: ClusterRepository;
  readonly #known: KnownSegments;
  readonly #way: WalWay;
  readonly #wanted: Wanted;
  readonly #isClass: (file: RelationFile) => boolean;
  /** The highest transaction that had written anything by the end of each slice. */
  readonly #highest: readonly (number | null)[];

  constructor(
    repo: ClusterRepository,
    known: KnownSegments,
    way: WalWay,
    { wanted, isClass }: { readonly wanted: Wanted; readonly isClass: (file: RelationFile) => boolean },
  ) {
    this.#repo = repo;
    this.#known = known;
    this.#way = way;
    this.#wanted = wanted;
    this.#isClass = isClass;
    let highest: number | null = null;
    this.#highest = way.slices.map(slice => {
      const own = this.#index(slice)?.highest ?? null;
      if (own !== null && (highest === null || xidAfter(own, highest))) highest = own;
      return highest;
    });
  }

  async run(tell: (done: number, of: number) => void): Promise<FoundTransaction[]> {
    const found = await this.#searchAll(this.#runs('own'), tell);
    // A subtransaction ends with its transaction, which has a lower number.
    return found.length > 0 || this.#wanted.xid === null ? found : this.#searchAll(this.#runs('within'), tell);
  }

  async #searchAll(runs: readonly Run[], tell: (done: number, of: number) => void): Promise<FoundTransaction[]> {
    const of = this.read + runs.reduce((sum, { from, to }) => sum + to - from, 0);
    const told = (): void => tell((this.read += 1), Math.max(of, this.read));
    const found: FoundTransaction[] = [];
    for (const run of runs) found.push(...(await this.#search(run, told)));
    return found;
  }

  #index({ name }: Slice): WalIndex | undefined {
    return this.#known.indexes.get(name);
  }

  /** @param xid whether the number that is asked for is that of a transaction, or of a part of one */
  #runs(xid: 'own' | 'within'): Run[] {
    const { slices } = this.#way;
    const runs: Run[] = [];
    for (const [at, slice] of slices.entries()) {
      const index = this.#index(slice);
      if (!index?.firstEnd || !this.#mayHold(slice, index, xid)) continue;
      // Its first commit may have begun in the segment before.
      const from = index.firstEnd.lsn < slice.start && isNext(slices[at - 1], slice) ? at - 1 : at;
      const last = runs.at(-1);
      if (last && last.to >= from) last.to = at + 1;
      else runs.push({ from, to: at + 1 });
    }
    return runs;
  }

  #mayHold({ to }: Slice, { times, xids, mayDrop }: WalIndex, as: 'own' | 'within'): boolean {
    const { between, xid, operations: wanted } = this.#wanted;
    if (to <= this.#way.own || times === null || xids === null) return false;
    if (between && (microsOf(times.max) < microsOf(between.from) || microsOf(times.min) > microsOf(between.to)))
      return false;
    if (xid !== null && (xidAfter(xids.min, xid) || (as === 'own' && xidAfter(xid, xids.max)))) return false;
    return mayDrop > 0 || wanted === null || rowOperations.some(one => wanted.has(one));
  }

  async #search({ from, to }: Run, told: () => void): Promise<FoundTransaction[]> {
    const { slices, own } = this.#way;
    const candidates: Candidate[] = [];
    let commits = 0;
    const gathering = new Gathering({
      isClass: this.#isClass,
      seen: row => this.classes.push(row),
      ended: one => {
        if (!one.committed) return;
        commits += 1;
        if (one.end > own && this.#isAsked(one, from)) candidates.push({ ...one, commits });
      },
    });
    await this.#read(slices.slice(from, to), undefined, gathering, told);
    const begun = candidates.filter(({ ending }) => this.#beganBefore(ending.xid, from));
    if (begun.length > 0) await this.#complete(begun, from, told);
    const behind = await this.#commitsBehind(to - 1);
    return candidates
      .map(one => this.#foundOf(one, commits - one.commits + behind))
      .filter(one => this.#wanted.operations === null || [...this.#wanted.operations].some(it => did(one, it)));
  }

  #isAsked({ ending, micros, tally }: EndedTransaction, from: number): boolean {
    const { between, xid } = this.#wanted;
    if (between && (micros < microsOf(between.from) || micros > microsOf(between.to))) return false;
    if (xid !== null && xid !== ending.xid && !ending.subxids.includes(xid)) return false;
    if (ending.dropped.length > 0 || tally.databases.length > 0 || this.#beganBefore(ending.xid, from)) return true;
    const { operations: wanted } = this.#wanted;
    if (wanted === null) return true;
    // What took locks only, or wrote to catalogs only, did nothing that is looked for.
    return [...tally.rows.values()].some(counts => rowOperations.some(one => wanted.has(one) && counts[one] > 0));
  }

  /** Whether it may have written something before this slice. */
  #beganBefore(xid: number, slice: number): boolean {
    const highest = this.#highest[slice - 1] ?? null;
    return highest !== null && !xidAfter(xid, highest);
  }

  /** Brings together what they did before the run. */
  async #complete(begun: readonly Candidate[], from: number, told: () => void): Promise<void> {
    const { slices } = this.#way;
    let first = from;
    while (isNext(slices[first - 1], slices[first]) && begun.some(one => this.#beganBefore(one.ending.xid, first)))
      first -= 1;
    const only = new Set(begun.flatMap(({ ending }) => [ending.xid, ...ending.subxids]));
    const gathering = new Gathering({
      only,
      isClass: this.#isClass,
      seen: row => this.classes.push(row),
      ended: () => undefined,
    });
    await this.#read(slices.slice(first, from), slices[from], gathering, told);
    for (const { ending, tally } of begun) {
      for (const xid of [ending.xid, ...ending.subxids]) {
        const before = gathering.open.get(xid);
        if (before) addTally(tally, before);
      }
    }
  }

  async #read(
    slices: readonly Slice[],
    next: Slice | undefined,
    reader: RecordReader,
    tell: () => void,
  ): Promise<void> {
    const { segmentSize } = this.#known.wal;
    this.unreadable.push(...(await readSlices(this.#repo, slices, next, { segmentSize, reader, tell })));
  }

  /** In the slices behind this one. */
  async #commitsBehind(at: number): Promise<number> {
    let sum = 0;
    for (const { name, start, to } of this.#way.slices.slice(at + 1)) {
      const index = this.#known.indexes.get(name);
      const { segmentSize } = this.#known.wal;
      const isCut = to < start + BigInt(segmentSize) && (index?.lastEnd?.end ?? 0n) > to;
      const ends = isCut ? (await readKeptWal(this.#repo, name, segmentSize))?.ends : undefined;
      sum += ends?.filter(one => one.committed && one.end <= to).length ?? index?.commits ?? 0;
    }
    return sum;
  }

  #foundOf({ ending, tally, micros, lsn, end }: Candidate, later: number): FoundTransaction {
    const { newest, line } = this.#way;
    const storage = storageChanges(tally, ending.dropped);
    this.pairs.push(...storage.pairs);
    return {
      ...storage,
      xid: ending.xid,
      prepared: ending.prepared,
      subtransactions: ending.subxids.length,
      time: instantOfMicros(micros),
      lsn,
      end,
      timeline: lineAt(this.#way, lsn),
      branch: newest ? null : line,
      database: ending.database ?? [...tally.rows.values()][0]?.file.database ?? ending.dropped[0]?.database ?? null,
      records: tally.records,
      rows: rowsLeft(tally, ending.dropped),
      databases: tally.databases.map(({ oid, at }) => ({ oid, before: tally.marked ?? at })),
      later,
    };
  }
}

/** Without files that were made and dropped on the way: nobody has ever seen what was in them. */
function rowsLeft({ rows }: Tally, dropped: readonly RelationFile[]): RowCounts[] {
  const gone = new Set(dropped.map(relationKey));
  return [...rows.values()].filter(({ file }) => !gone.has(relationKey(file)));
}
