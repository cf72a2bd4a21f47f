// Names of tables as people type them, and as SQL and pg_dump must be given them.
import { expect, test } from 'vitest';
import { parseTableName, quoteTable, showTable } from '../../../src/postgres/table-name.ts';

test.each([
  ['orders', '"public"."orders"', 'public.orders'],
  ['App.Orders', '"app"."orders"', 'app.orders'],
  ['"App"."Odd ""name"""', '"App"."Odd ""name"""', '"App"."Odd ""name"""'],
  [' app . "a.b" ', '"app"."a.b"', 'app."a.b"'],
  ['größe', '"public"."größe"', 'public."größe"'],
])('%s', (text, quoted, shown) => {
  const name = parseTableName(text)!;
  expect([quoteTable(name), showTable(name)]).toEqual([quoted, shown]);
  expect(parseTableName(showTable(name))).toEqual(name);
});

test.each(['', 'a.b.c', '"open', '1st', 'two words', 'a; drop table b', '""'])('is none: %s', text => {
  expect(parseTableName(text)).toBeUndefined();
});
