// table: a database has a table of a name, or the name is free there and nobody is sent what is put under it.

import { Type } from 'typebox';
import { checkKind, type Verdict } from '../look/check.ts';
import { valueOf } from '../look/facts.ts';
import type { Look } from '../look/look.ts';
import type { NodeName } from '../ports.ts';
import { quoteLiteral } from '../postgres/settings.ts';
import { parseTableName, quoteTable, showTable, type TableName } from '../postgres/table-name.ts';
import { word } from '../runbook/vocabulary.ts';

export const table = checkKind({
  name: 'table',
  summary: 'A database is there, and has a table of that name, or not',
  params: Type.Object({
    database: Type.String({ minLength: 1 }),
    table: Type.String({ minLength: 1, description: 'As in SQL: app.orders, "App"."Odd name"' }),
    into: Type.Optional(
      Type.String({ minLength: 1, description: 'A schema in place of the one that is named, as it is' }),
    ),
    is: word(['there', 'absent']),
    unpublished: Type.Optional(
      Type.Boolean({ description: 'No publication may send to subscribers what comes under a name in this schema' }),
    ),
  }),
  example: '{ check: table, on: primary, database: app, table: app.orders, is: there }',
  words: (on, { database, table: text, into, is }) =>
    `database ${database} of ${on} has ${is === 'there' ? 'a' : 'no'} table ${wordsFor(text, into)}`,
  async test(on, { database, table: text, into, is, unpublished }, look): Promise<Verdict> {
    const read = parseTableName(text);
    if (read === undefined)
      return {
        is: 'fails',
        expected: 'the name of a table',
        found: text,
        hint: 'as in SQL: app.orders, "App"."Odd name"',
      };
    const name = { ...read, ...(into !== undefined && { schema: into }) };
    const known = await look.rows(
      on,
      `select 1 from pg_database where datname = ${quoteLiteral(database)} and datallowconn`,
    );
    if (known.is === 'later' || known.is === 'silent') return known;
    if (known.value.length === 0)
      return {
        is: 'fails',
        expected: `a database ${database}`,
        found: 'none of that name',
        hint: 'psql -l lists them',
      };
    const asked = await look.rows(on, query(name), database);
    if (asked.is === 'later' || asked.is === 'silent') return asked;
    const found = asked.value[0]?.[0] === 't' ? 'there' : 'absent';
    if (found !== is)
      return {
        is: 'fails',
        expected: is === 'there' ? `a table ${showTable(name)}` : `no table ${showTable(name)}`,
        found: is === 'there' ? 'none of that name' : 'something of that name is there',
        ...(is === 'absent' && { hint: 'rename it, or take another schema: -p into=NAME' }),
      };
    return (unpublished === true ? await published(look, on, name, database) : undefined) ?? { is: 'holds', found };
  },
  forecast: () => ({}),
});

const wordsFor = (text: string, into: string | undefined): string => {
  const read = parseTableName(text);
  return read === undefined ? text : showTable({ ...read, ...(into !== undefined && { schema: into }) });
};

const query = (name: TableName): string => `select to_regclass(${quoteLiteral(quoteTable(name))}) is not null`;

/** A subscriber that has no such table stops with an error at its first row, and with it all else that it is sent (apply worker, logicalrep_rel_open). */
async function published(
  look: Look,
  on: NodeName,
  { schema }: TableName,
  database: string,
): Promise<Verdict | undefined> {
  const version = valueOf(await look.fact(on, 'version')) ?? 0;
  // Of a whole schema: 15 and later.
  const ofSchema = `union select pubname from pg_publication p join pg_publication_namespace on pnpubid = p.oid join pg_namespace n on n.oid = pnnspid where nspname = ${quoteLiteral(schema)}`;
  const sql = `select pubname from pg_publication where puballtables ${version >= 150_000 ? ofSchema : ''} order by 1`;
  const rows = await look.rows(on, sql, database);
  if (rows.is === 'later' || rows.is === 'silent') return rows;
  if (rows.value.length === 0) return undefined;
  return {
    is: 'fails',
    expected: `no publication that sends new tables in ${schema}`,
    found: rows.value.map(([name = '']) => name).join(', '),
    hint: 'its subscribers stop at a table that they do not have: make it there as well, then -p published=true',
  };
}
