// Gathers transactions out of the records of WAL: a tally for each, handed over when it ends. Pure.

import { type Lsn, lsn } from '../postgres/lsn.ts';
import { classRow } from '../postgres/catalog-rows.ts';
import { firstOfUsers, pgDatabase, type RelationFile, relationFileAt, relationKey } from '../postgres/relation-file.ts';
import { bodyOf, firstFile } from '../postgres/wal-blocks.ts';
import type { Ending } from '../postgres/wal-ending.ts';
import { endingOf, mainData } from '../postgres/wal-meaning.ts';
import { catalogChange, heap2Manager, heapManager, rowsChanged, rowsIn } from '../postgres/wal-rows.ts';
import type { SeenRecord, Visitor } from '../postgres/wal-walked.ts';
import { addTally, countRows, emptyTally, type SeenClass, type Tally } from './tally.ts';

export interface EndedTransaction {
  readonly ending: Ending;
  readonly committed: boolean;
  readonly lsn: Lsn;
  readonly end: Lsn;
  readonly micros: number;
  readonly tally: Tally;
}

export interface GatheringOptions {
  /** Only these, subtransactions too; all where absent. */
  readonly only?: ReadonlySet<number>;
  readonly ended: (transaction: EndedTransaction) => void;
  /** Rows of pg_class that are to be read where they pass by. */
  readonly seen: (row: SeenClass) => void;
  /** Whether the file is that of pg_class in its database. */
  readonly isClass: (file: RelationFile) => boolean;
}

const [transactions, storage, databases] = [1, 2, 4];
const inFull: ReadonlySet<number> = new Set([transactions, storage, databases, heapManager, heap2Manager]);
const kindMask = 0xf0;
const [heapMask, inPlace] = [0x70, 0x70];
const createFile = 0x10;
/** The headers of as many blocks as a record can have. */
const allHeaders = 1024;

export class Gathering implements Visitor {
  readonly #options: GatheringOptions;
  readonly #open = new Map<number, Tally>();
  /** Of the last in-place change of a row of pg_database: DROP DATABASE marks it as invalid before anything else. */
  readonly #marked = new Map<string, Lsn>();
  #start = 0n;

  constructor(options: GatheringOptions) {
    this.#options = options;
  }

  /** The tallies of those that have not ended. */
  get open(): ReadonlyMap<number, Tally> {
    return this.#open;
  }

  /** Before the records of each segment. */
  enter({ start }: { readonly start: Lsn }): void {
    this.#start = start;
  }

  readonly wants = (manager: number, _info: number, length: number): number =>
    inFull.has(manager) ? length : Math.min(length, allHeaders);

  readonly visit = (record: SeenRecord): void => {
    const { bytes, at } = record;
    const [manager, info, xid] = [bytes[at + 17], bytes[at + 16] ?? 0, bytes.readUInt32LE(at + 4)];
    if (manager === heapManager && (info & heapMask) === inPlace) this.#mark(record);
    if (manager === transactions && this.#end(record, xid)) return;
    if (xid !== 0 && this.#options.only?.has(xid) !== false) this.#count(record, xid, manager ?? 0);
  };

  /** True where it is over with the transaction. */
  #end(record: SeenRecord, xid: number): boolean {
    const found = endingOf(record);
    if (found === undefined) return false;
    const { committed, micros, ending } = found;
    const own = this.#options.only?.has(xid) !== false;
    const tally = emptyTally(this.#place(record.from));
    if (own) tally.records += 1;
    for (const one of [ending.xid, ...ending.subxids]) {
      const part = this.#open.get(one);
      if (part) addTally(tally, part);
      this.#open.delete(one);
    }
    const place = { lsn: this.#place(record.from), end: this.#place(record.to) };
    this.#options.ended({ ending, committed, micros, tally, ...place });
    return true;
  }

  #count(record: SeenRecord, xid: number, manager: number): void {
    let tally = this.#open.get(xid);
    if (tally === undefined) this.#open.set(xid, (tally = emptyTally(this.#place(record.from))));
    tally.records += 1;
    if (manager === heapManager || manager === heap2Manager) this.#rows(record, tally);
    else if (manager === storage) this.#file(record, tally);
    else if (manager === databases) this.#database(record, tally);
    else if (tally.events.length > 0) fill(record, tally);
  }

  #rows(record: SeenRecord, tally: Tally): void {
    const changed = rowsChanged(record);
    if (changed === undefined) return;
    const { file } = changed;
    if (this.#options.isClass(file)) this.#classRow(record, tally, file.database);
    else if (file.number === pgDatabase && file.database === 0) this.#databaseRow(record, tally);
    else if (file.number >= firstOfUsers) countRows(tally, changed);
  }

  #classRow(record: SeenRecord, tally: Tally, database: number): void {
    const change = catalogChange(record);
    if (change) tally.events.push({ at: this.#place(record.from), is: 'row', database, change });
    for (const data of rowsIn(record)) {
      const row = classRow(data, record.major);
      // While a table is written anew, its former file is that of a relation which is never seen.
      if (row && row.oid >= firstOfUsers && !/^pg_temp_\d+$/.test(row.name)) this.#options.seen({ ...row, database });
    }
  }

  #file({ bytes, at, from }: SeenRecord, tally: Tally): void {
    if (((bytes[at + 16] ?? 0) & kindMask) !== createFile) return;
    const data = mainData(bytes, at);
    if (data === undefined) return;
    const [file, fork] = [relationFileAt(bytes, data), bytes.readUInt32LE(data + 12)];
    // Of an unlogged table only the fork that it is emptied with is told of.
    if (fork === 0 || fork === 3) tally.events.push({ at: this.#place(from), is: 'file', file });
  }

  #database({ bytes, at, from, major }: SeenRecord, tally: Tally): void {
    if (((bytes[at + 16] ?? 0) & kindMask) !== (major < 15 ? 0x10 : 0x20)) return;
    const data = mainData(bytes, at);
    if (data !== undefined) tally.databases.push({ oid: bytes.readUInt32LE(data), at: this.#place(from) });
  }

  #databaseRow(record: SeenRecord, tally: Tally): void {
    const change = catalogChange(record);
    if (change?.is === 'delete') tally.marked = this.#marked.get(change.row) ?? this.#place(record.from);
  }

  #mark(record: SeenRecord): void {
    const file = firstFile(record);
    if (file?.number !== pgDatabase || file.database !== 0) return;
    const change = catalogChange(record);
    if (change) this.#marked.set(change.row, this.#place(record.from));
  }

  #place(offset: number): Lsn {
    return lsn(this.#start + BigInt(offset));
  }
}

function fill(record: SeenRecord, tally: Tally): void {
  for (const { file } of bodyOf(record).blocks) tally.filled.add(relationKey(file));
}
