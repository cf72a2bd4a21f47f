// sql: the first value that a query gives.

import { Type } from 'typebox';
import { checkKind } from '../look/check.ts';
import { judge } from '../look/judge.ts';
import { mapKnown } from '../look/facts.ts';

export const sql = checkKind({
  name: 'sql',
  summary: 'A query’s first value is as expected; the query can only read',
  params: Type.Object({
    query: Type.String({ description: 'Run in a read-only transaction' }),
    is: Type.String({ description: 'Its first value, as text' }),
    database: Type.Optional(Type.String()),
  }),
  example: "{ check: sql, on: standby, query: 'select count(*) from orders', is: '42' }",
  words: (on, { query, is }) => `${on} answers '${is}' to: ${query}`,
  test: async (on, { query, is, database }, look) =>
    judge(
      mapKnown(await look.rows(on, query, database), rows => rows[0]?.[0] ?? ''),
      { expected: `'${is}'`, show: value => `'${value}'`, holds: value => value === is },
    ),
  forecast: () => ({}),
});
