// What transactions did, out of records that PostgreSQL 13, 15, 17 and 18 wrote: a TRUNCATE told from a rewrite, a DROP from what was never there for others.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseLsn } from '../../../src/postgres/lsn.ts';
import type { RelationFile } from '../../../src/postgres/relation-file.ts';
import { type EndedTransaction, Gathering } from '../../../src/repo/gathering.ts';
import { RelationNames } from '../../../src/repo/relation-names.ts';
import { storageChanges } from '../../../src/repo/storage.ts';
import type { SeenClass } from '../../../src/repo/tally.ts';

interface Written {
  readonly major: number;
  /** Before the first of the records. */
  readonly classes: readonly {
    readonly oid: number;
    readonly name: string;
    readonly number: number;
    readonly kind: string;
  }[];
  /** Before each group of statements: the place, and a transaction of its own. */
  readonly marks: Readonly<Record<string, { readonly lsn: string; readonly xid: number }>>;
  readonly records: readonly (readonly [from: string, to: string, bytes: string])[];
}

const writtenBy = (major: number): Written =>
  JSON.parse(readFileSync(new URL(`fixtures/wal-${major}.json`, import.meta.url), 'utf8')) as Written;

function gather({ records, major }: Written, only?: ReadonlySet<number>) {
  const ended = new Map<number, EndedTransaction>();
  const seen: SeenClass[] = [];
  const gathering = new Gathering({
    ...(only && { only }),
    isClass: ({ number }) => number === 1259,
    seen: row => seen.push(row),
    ended: one => ended.set(one.ending.xid, one),
  });
  gathering.enter({ start: parseLsn('0/0')! });
  for (const [from, to, bytes] of records) {
    const place = { from: Number(parseLsn(from)), to: Number(parseLsn(to)) };
    gathering.visit({ bytes: Buffer.from(bytes, 'base64'), at: 0, major, ...place });
  }
  return { ended, seen, gathering };
}

describe.each([13, 15, 17, 18])('WAL of PostgreSQL %i', major => {
  const written = writtenBy(major);
  const { ended, seen } = gather(written);
  const after = (mark: string, nth = 1): EndedTransaction => ended.get(written.marks[mark]!.xid + nth)!;
  const changes = ({ tally, ending }: EndedTransaction) => storageChanges(tally, ending.dropped);
  const names = new RelationNames();
  for (const one of written.classes)
    names.add({ ...one, database: databaseOf(written), namespace: 2200, schema: null });
  for (const row of seen) names.add({ ...row, schema: null });
  for (const one of ended.values()) for (const [was, now] of changes(one).pairs) names.pair(was, now);
  const named = (files: readonly RelationFile[]): string[] => files.map(file => names.of(file)?.name ?? '?').sort();

  it('TRUNCATE: an empty file for the table and its TOAST table, its indexes anew', () => {
    const { truncated, dropped, pairs } = changes(after('truncate'));
    expect(named(truncated.map(({ was }) => was!))).toEqual(['pg_toast_16384', 't']);
    expect(truncated.every(({ was, now }) => was!.number !== now.number)).toBe(true);
    expect(dropped).toEqual([]);
    expect(pairs).toHaveLength(4);
  });

  it('VACUUM FULL, ALTER TABLE and REINDEX write anew what is not lost', () => {
    const rewritten = [1, 2, 3].map(nth => changes(after('rewritten', nth)));
    expect(rewritten.map(({ truncated }) => truncated)).toEqual([[], [], []]);
    // ALTER TABLE makes the index anew, under the same name.
    expect(rewritten.flatMap(({ dropped }) => named(dropped))).toEqual(['v_pkey']);
  });

  it('rows are counted, those of subtransactions and of prepared transactions too', () => {
    const [one, prepared] = [after('rows'), after('rows', 3)];
    const counts = ({ tally }: EndedTransaction) => [...tally.rows.values()].map(({ file: _, ...rows }) => rows);
    expect(counts(one)).toEqual([{ delete: 2, update: 1, insert: 2 }]);
    expect(one.ending.subxids).toEqual([one.ending.xid + 1]);
    expect(counts(prepared)).toEqual([{ delete: 0, update: 0, insert: 1 }]);
    expect(prepared.ending.prepared).toBe(true);
  });

  it('what is made, emptied and dropped in one transaction was never there, and what is rolled back still is', () => {
    expect(changes(after('own'))).toMatchObject({ truncated: [], dropped: [] });
    expect(after('own', 2).committed).toBe(false);
  });

  it('DROP TABLE: the table with all that belongs to it, also one that was made on the way', () => {
    expect(named(changes(after('drop')).dropped)).toEqual(
      ['d', 'd_pkey', 'pg_toast_16392', 'pg_toast_16392_index'].map(known),
    );
    expect(named(changes(after('late', 2)).dropped)).toEqual(['late']);
  });

  it('DROP DATABASE: all is still there before the row is marked, which is before the transaction has a number', () => {
    const { databases, first, marked } = after('dropdb').tally;
    expect(databases).toHaveLength(1);
    expect(marked! < first).toBe(true);
    expect(marked! > parseLsn(written.marks['dropdb']!.lsn)!).toBe(true);
  });

  it('only those that are asked for, and what each had done before it ended', () => {
    const xid = after('rows').ending.xid;
    const { gathering } = gather(
      { ...written, records: written.records.filter(([from]) => parseLsn(from)! < after('rows').lsn) },
      new Set([xid, xid + 1]),
    );
    expect([...gathering.open.keys()]).toEqual([xid, xid + 1]);
  });

  /** The oids of the fixtures differ a little. */
  function known(name: string): string {
    const toast = /^pg_toast_\d+(.*)$/.exec(name);
    const d = written.classes.find(one => one.name === 'd')!;
    return toast ? `pg_toast_${d.oid}${toast[1]!}` : name;
  }
});

const databaseOf = ({ records, major }: Written): number => {
  const { ended } = gather({ records, major } as Written);
  return [...ended.values()].flatMap(({ ending }) => ending.dropped)[0]!.database;
};

it('by one file of a relation all that came before and after are known, as far as they are told of', () => {
  const names = new RelationNames();
  const file = (number: number): RelationFile => ({ tablespace: 1663, database: 5, number });
  names.add({ database: 5, oid: 100, number: 103, namespace: 9, schema: 'shop', name: 'orders', kind: 'r' });
  names.pair(file(101), file(102));
  names.pair(file(102), file(103));
  names.pair(file(200), file(201));
  for (const number of [100, 101, 102, 103]) expect(names.of(file(number))?.name).toBe('orders');
  expect(names.of(file(200))).toBeUndefined();
  expect(names.of({ ...file(101), database: 6 })).toBeUndefined();
});
