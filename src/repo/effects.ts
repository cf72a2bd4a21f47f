// What a transaction did to tables, by their names. Pure.

import type { RelationFile } from '../postgres/relation-file.ts';
import { type FoundTransaction, type Operation, rowOperations } from './found-transaction.ts';
import type { RelationNames } from './relation-names.ts';

export interface Effect {
  readonly operation: Operation;
  /** `public.orders`, `database shop`, `relation 16384/16402` where no catalogue knows it. */
  readonly what: string;
  readonly named: boolean;
  /** Oid of the relation; null where it is not known, and of a database. */
  readonly oid: number | null;
  /** How many were changed; null where a whole table went. */
  readonly rows: number | null;
}

/** Of tables and materialized views, and of files that nobody can name; indexes and TOAST tables follow their tables. */
export function effectsOf(found: FoundTransaction, names: RelationNames): Effect[] {
  const effect = (operation: Operation, files: readonly RelationFile[], rows: number | null): Effect[] => {
    const relation = files.map(file => names.of(file)).find(one => one !== undefined);
    const [file] = files;
    if (relation === undefined && file === undefined) return [];
    if (relation === undefined && file !== undefined)
      return [{ operation, what: `relation ${file.database}/${file.number}`, named: false, oid: null, rows }];
    if (relation === undefined || !tables.has(relation.kind)) return [];
    const { schema, name, oid } = relation;
    return [{ operation, what: schema === null ? name : `${schema}.${name}`, named: true, oid, rows }];
  };
  const truncated = found.truncated.flatMap(({ was, now }) => effect('truncate', was ? [now, was] : [now], null));
  const still = new Set(truncated.map(({ oid }) => oid));
  const dropped = found.dropped
    .flatMap(file => effect('drop', [file], null))
    .filter(({ oid }) => oid === null || !still.has(oid));
  const databases = found.databases.map(({ oid }): Effect => {
    const name = names.database(oid);
    const what = name === undefined ? `database with oid ${oid}` : `database ${name}`;
    return { operation: 'drop', what, named: name !== undefined, oid: null, rows: null };
  });
  const rows = found.rows.flatMap(counts =>
    rowOperations.flatMap(operation =>
      counts[operation] === 0 ? [] : effect(operation, [counts.file], counts[operation]),
    ),
  );
  return [...databases, ...truncated, ...dropped, ...rows];
}

const tables: ReadonlySet<string> = new Set(['r', 'm', 'p']);

/** Those of which something cannot be named as yet. */
export function unnamedIn(all: readonly FoundTransaction[], names: RelationNames): FoundTransaction[] {
  return all.filter(one => effectsOf(one, names).some(({ named }) => !named));
}

/** `orders`, `public.orders` or the oid, as it is typed. */
export function isTable({ what, oid }: Effect, table: string): boolean {
  return what === table || what.slice(what.indexOf('.') + 1) === table || String(oid) === table;
}
