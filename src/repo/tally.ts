// What a transaction does, gathered from its records one by one; whether it ends well is known only with the last of them.

import type { ClassRow } from '../postgres/catalog-rows.ts';
import type { RelationFile } from '../postgres/relation-file.ts';
import type { CatalogChange, RowsChanged } from '../postgres/wal-rows.ts';
import type { Lsn } from '../postgres/lsn.ts';

export interface RowCounts {
  readonly file: RelationFile;
  insert: number;
  update: number;
  delete: number;
}

/** In the order of the WAL this tells a TRUNCATE from a rewrite and from a DROP (see storage.ts). */
export type StorageEvent = { readonly at: Lsn } & (
  | { readonly is: 'file'; readonly file: RelationFile }
  /** Of pg_class; `database` is where that catalog lies. */
  | { readonly is: 'row'; readonly database: number; readonly change: CatalogChange }
);

/** DROP DATABASE: its files go with a record of its own, before the commit. */
export interface DroppedDatabase {
  readonly oid: number;
  /** Where that record is. */
  readonly at: Lsn;
}

export interface Tally {
  first: Lsn;
  records: number;
  /** By the file's number: a transaction belongs to one database. */
  readonly rows: Map<number, RowCounts>;
  readonly events: StorageEvent[];
  /** Keys of files that got pages otherwise than as rows: indexes, sequences, tables written anew. */
  readonly filled: Set<string>;
  readonly databases: DroppedDatabase[];
  /** Where DROP DATABASE began to take one apart: where it marked its row as invalid, or else deleted it. */
  marked: Lsn | null;
}

export const emptyTally = (first: Lsn): Tally => ({
  first,
  records: 0,
  rows: new Map(),
  events: [],
  filled: new Set(),
  databases: [],
  marked: null,
});

export function countRows({ rows }: Tally, { is, file, rows: count }: RowsChanged): void {
  let counts = rows.get(file.number);
  if (counts === undefined) rows.set(file.number, (counts = { file, insert: 0, update: 0, delete: 0 }));
  counts[is] += count;
}

/** Adds what another one has: that of a subtransaction, or of the same transaction before. */
export function addTally(sum: Tally, more: Tally): void {
  if (more.first < sum.first) sum.first = more.first;
  sum.records += more.records;
  for (const { file, ...counts } of more.rows.values())
    for (const is of ['insert', 'update', 'delete'] as const)
      if (counts[is] > 0) countRows(sum, { is, file, rows: counts[is] });
  sum.events.push(...more.events);
  sum.events.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  for (const key of more.filled) sum.filled.add(key);
  sum.databases.push(...more.databases);
  sum.marked ??= more.marked;
}

/** A row of pg_class that was seen on the way, and in which database. */
export interface SeenClass extends ClassRow {
  readonly database: number;
}
