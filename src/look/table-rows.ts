// What a table holds, in few words that are the same wherever it is asked: the number of its rows, and a sum over them in any order.

import { psql } from '../postgres/commands-client.ts';
import type { Connection } from '../postgres/connection.ts';
import { quoteLiteral } from '../postgres/settings.ts';
import { quoteTable, type TableName } from '../postgres/table-name.ts';

/**
 * Options of a connection, which win over what a role or a database has set: the text of a row is the same, no row is hidden,
 * nothing ends a statement that takes long, and the names in it are read as they were written.
 */
export const pinned = [
  'client_encoding=UTF8',
  'datestyle=ISO',
  'timezone=UTC',
  'intervalstyle=postgres',
  'extra_float_digits=3',
  'bytea_output=hex',
  'lc_monetary=C',
  'search_path=pg_catalog',
  'row_security=off',
  'default_tablespace=',
  'statement_timeout=0',
  'lock_timeout=0',
  'idle_in_transaction_session_timeout=0',
  'default_transaction_read_only=off',
]
  .map(one => `-c ${one}`)
  .join(' ');

/** A query for one text: `12 rows, fingerprint -4711`. A column could have any name, hence the star: the row, and nothing else. */
export const rowsQuery = (table: TableName): string =>
  `select count(*) || ' rows, fingerprint ' || coalesce(sum(hashtextextended((lifeboat_row.*)::text, 0)), 0) from ${quoteTable(table)} lifeboat_row`;

/** Stands in the comment of a table before {@link rowsQuery}'s answer of the table that it was copied from. */
export const copiedMark = 'copied by lifeboat; ';

/** Whether the comment of a table says that what it holds was copied, no row more or less: `t` or `f`, what it holds, its comment. */
export function isCopyQuery(table: TableName): string {
  const comment = `coalesce(obj_description(to_regclass(${quoteLiteral(quoteTable(table))}), 'pg_class'), '')`;
  return `select right(comment, length(mark || rows)) = mark || rows, rows, comment from (select ${comment}, ${quoteLiteral(copiedMark)}, (${rowsQuery(table)})) it(comment, mark, rows)`;
}

/** A program that asks it; a large table takes long. */
export const isCopyArgv = (bin: string, to: Connection, table: TableName): readonly string[] =>
  psql({ bin }, { ...to, options: pinned }, isCopyQuery(table));
