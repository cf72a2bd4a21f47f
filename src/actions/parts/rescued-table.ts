// One table on its way out of a sandbox: where its copy lies, and the SQL that makes it there and makes room for it here.

import { posix } from 'node:path';
import { Fault } from '../../faults.ts';
import type { Look } from '../../look/look.ts';
import { brokenDirectory } from '../../look/node-places.ts';
import type { Sandbox } from '../../look/sandbox.ts';
import { copiedMark, rowsQuery } from '../../look/table-rows.ts';
import type { NodeName } from '../../ports.ts';
import { archiveName } from '../../postgres/commands-dump.ts';
import { quoteIdent, quoteLiteral } from '../../postgres/settings.ts';
import { parseTableName, quoteTable, showTable, type TableName } from '../../postgres/table-name.ts';
import type { RestoreWay } from '../../repo/restore-way.ts';

export interface RescuedTable {
  readonly database: string;
  readonly original: TableName;
  /** Of the same name, in the schema where it is put. */
  readonly copy: TableName;
}

/** Throws a Fault `usage` where the words name no table, or the copy would lie where the table does. */
export function rescuedTable({
  database,
  table,
  into,
}: Readonly<Record<'database' | 'table' | 'into', string>>): RescuedTable {
  const original = parseTableName(table);
  if (original === undefined)
    throw new Fault('usage', `"${table}" is no name of a table`, { hint: 'as in SQL: -p table=app.orders' });
  if (original.schema === into)
    throw new Fault('usage', `${showTable(original)} lies in the schema "${into}" itself`, {
      hint: 'name another one for the copy: -p into=NAME',
    });
  return { database, original, copy: { ...original, schema: into } };
}

/** Of the copy's files on the node where the sandbox is, and on the one where it is loaded. */
export function copyDirectories(look: Look, { directory }: Sandbox, to: NodeName, table: RescuedTable) {
  const { database, original, copy } = table;
  const names = [database, original.schema, original.name, copy.schema].map(archiveName).join('/');
  const there = `${brokenDirectory(look.node(to), look.started)}/${posix.basename(directory)}`;
  return { made: `${directory}/tables/${names}`, loaded: `${there}/tables/${names}` };
}

/** What it is: nothing of that name, or a word. */
export function kindQuery({ original }: RescuedTable): string {
  const oid = `to_regclass(${quoteLiteral(quoteTable(original))})`;
  const parts = `(select oid from pg_class where oid = ${oid} union select relid from pg_partition_tree(${oid}))`;
  const some = (what: string): string => `exists (select from pg_class where oid in ${parts} and ${what})`;
  return `select case when relkind not in ('r', 'p', 'm') then 'other' when ${some("relpersistence = 'u'")} then 'unlogged' when ${some("relkind = 'f'")} then 'foreign' else 'table' end from pg_class where oid = ${oid}`;
}

/**
 * Columns and rows, and no more: an index, a default, a constraint or a trigger could need, or touch, what there is beside it. The
 * comment says what it is, and how many rows the table has that it was copied from.
 */
export function copySql({ original, copy }: RescuedTable, { timeline, end }: RestoreWay): string {
  const [from, to] = [quoteTable(original), quoteTable(copy)];
  const said = `${showTable(original)} as at ${end.lsn} of timeline ${String(timeline)}, ${copiedMark}`;
  const comment = `begin execute format('comment on table %s is %L', ${quoteLiteral(to)}, ${quoteLiteral(said)} || (${rowsQuery(original)})); end`;
  return [
    createSchema(copy),
    `drop table if exists ${to} cascade`,
    `create table ${to} (like ${from} including comments including storage)`,
    `insert into ${to} select * from ${from}`,
    `do ${quoteLiteral(comment)}`,
  ].join('; ');
}

export const sizeQuery = ({ copy }: RescuedTable): string =>
  `select pg_total_relation_size(${quoteLiteral(quoteTable(copy))})`;

/** Says that a schema was made for copies, so that it goes again with the last of them. */
const ours = 'made by lifeboat for copies of tables';

const createSchema = ({ schema }: TableName): string => `create schema if not exists ${quoteIdent(schema)}`;

export function schemaSql({ copy }: RescuedTable): string {
  const body = `begin if not exists (select from pg_namespace where nspname = ${quoteLiteral(copy.schema)}) then create schema ${quoteIdent(copy.schema)}; comment on schema ${quoteIdent(copy.schema)} is ${quoteLiteral(ours)}; end if; end`;
  return `do ${quoteLiteral(body)}`;
}

/** Takes the copy away while it is what was copied, and a schema that was made for it and holds nothing else (SQLSTATE 2BP01). */
export function dropSql({ copy }: RescuedTable): string {
  const [name, schema] = [quoteTable(copy), quoteIdent(copy.schema)];
  const comment = `obj_description(${quoteLiteral(name)}::regclass, 'pg_class')`;
  const body = `declare rows text; begin
 if to_regclass(${quoteLiteral(name)}) is not null then
  lock table ${name} in access exclusive mode;
  execute ${quoteLiteral(rowsQuery(copy))} into rows;
  if right(${comment}, length(${quoteLiteral(copiedMark)} || rows)) is distinct from ${quoteLiteral(copiedMark)} || rows then
   raise exception using message = ${quoteLiteral(`${showTable(copy)} is no longer what was copied`)};
  end if;
  drop table ${name};
 end if;
 if obj_description(to_regnamespace(${quoteLiteral(schema)}), 'pg_namespace') = ${quoteLiteral(ours)} then
  begin drop schema ${schema}; exception when dependent_objects_still_exist then null; end;
 end if;
end`;
  return `do ${quoteLiteral(body)}`;
}
