// load-table: a table that was copied out of a sandbox, into a schema of its own in a database that goes on working.

import { Type } from 'typebox';
import { valueOf } from '../look/facts.ts';
import { installation, walDirectory } from '../look/installation.ts';
import type { Look } from '../look/look.ts';
import { sandboxOf } from '../look/sandbox.ts';
import { pinned } from '../look/table-rows.ts';
import { wishParams } from '../look/wish-params.ts';
import { wishIn, wishWords } from '../look/wish.ts';
import type { Op } from '../ops.ts';
import type { NodeName } from '../ports.ts';
import { localConnection, psql } from '../postgres/commands-client.ts';
import { conninfo } from '../postgres/connection.ts';
import { quoteTable, showTable } from '../postgres/table-name.ts';
import { wayOf } from '../repo/restore-way.ts';
import type { Check } from '../runbook/book-types.ts';
import { node } from '../runbook/vocabulary.ts';
import { seconds } from '../time.ts';
import { action, type Plan } from './action.ts';
import { longest } from './parts/put-aside.ts';
import { loadTableScript } from './parts/rescue-scripts.ts';
import { copyDirectories, dropSql, type RescuedTable, rescuedTable, schemaSql } from './parts/rescued-table.ts';
import { script } from './parts/scripts.ts';

export const loadTable = action({
  name: 'load-table',
  summary:
    'Brings a table that was copied out of a sandbox into a schema of its own in the primary’s database, with all its rows or not at all, and proves that these are the rows of the target',
  params: Type.Object({
    node: node({ description: 'The primary' }),
    from: node({ description: 'Where the sandbox lies' }),
    ...wishParams,
    database: Type.String({ minLength: 1 }),
    table: Type.String({ minLength: 1, description: 'As in SQL: app.orders, "App"."Odd name"' }),
    into: Type.String({ minLength: 1, description: 'The schema that the copy is to lie in, as it is' }),
  }),
  example: `- id: load
  action: load-table
  with: { node: primary, from: standby, to_xid: '742', exclusive: true, database: app, table: app.orders, into: rescued }`,
  async plan({ node: on, from, database, table, into, ...params }, look): Promise<Plan> {
    const rescued = rescuedTable({ database, table, into });
    const isTable = (is: 'there' | 'absent'): Check => ({ check: 'table', on, with: { database, table, into, is } });
    const needs: Check[] = [
      { check: 'role', on, with: { is: ['primary'] } },
      { check: 'writable', on, with: {} },
      isTable('absent'),
    ];
    const read = wishIn(wishWords(params));
    const found = read.is === 'wish' ? valueOf(await look.way(read.wish)) : undefined;
    if (found?.is !== 'chosen') return { needs, do: { ops: [], why: 'nothing leads to the target' }, promise: [] };
    const sandbox = sandboxOf(look, from, wayOf(found));
    const places = copyDirectories(look, sandbox, on, rescued);
    return {
      needs,
      do: {
        ops: [
          ...(from === on ? [] : [carryOp(from, on, places)]),
          loadOp(look, { on, rescued, from: places.loaded, isTable }),
          noteOp(`${from}:${sandbox.directory}`, places.made, rescued),
        ],
      },
      promise: [{ check: 'same-rows', on, with: { database, table: showTable(rescued.copy) } }],
    };
  },
});

const carryOp = (from: NodeName, on: NodeName, places: ReturnType<typeof copyDirectories>): Op => ({
  do: { op: 'carry', from, source: places.made, target: places.loaded, files: { names: ['table.dump', 'size'] } },
  on,
  within: longest,
  guard: ['role'],
  done: [],
  alters: [],
  undo: 'free',
});

interface Loading {
  readonly on: NodeName;
  readonly rescued: RescuedTable;
  /** The directory of the copy. */
  readonly from: string;
  readonly isTable: (is: 'there' | 'absent') => Check;
}

function loadOp(look: Look, { on, rescued, from, isTable }: Loading): Op {
  const site = look.node(on);
  const at = installation(site);
  const to = { ...localConnection(at, rescued.database), user: site.postgres.user, options: pinned };
  const places = [at.data, walDirectory(site)];
  const argv = script(loadTableScript, 'load-table', at.bin, from, conninfo(to), schemaSql(rescued), ...places);
  const name = showTable(rescued.copy);
  return {
    do: {
      op: 'exec',
      as: `pg_restore --single-transaction ${from}/table.dump: ${name} in database ${rescued.database}`,
      tries: [{ argv, within: longest }],
    },
    on,
    within: longest,
    guard: ['role', 'timeline'],
    // It comes with all its rows, or not at all.
    done: [isTable('there')],
    alters: ['written'],
    undo: [
      {
        do: {
          op: 'exec',
          as: `drop ${name} in database ${rescued.database}, while it is what was copied`,
          tries: [{ argv: psql(at, to, dropSql(rescued)), within: longest }],
        },
        on,
        within: longest,
        guard: ['role'],
        done: [isTable('absent')],
        alters: ['written'],
        undo: 'free',
      },
    ],
  };
}

function noteOp(sandbox: string, made: string, { database, original, copy }: RescuedTable): Op {
  const text = [
    `${showTable(copy)} in database ${database} has the columns and rows that ${showTable(original)} had; it belongs to the superuser, and has no index.`,
    `To put the rows back: INSERT INTO ${quoteTable(original)} SELECT * FROM ${quoteTable(copy)}.`,
    `How the table was defined stands in definition.sql, in ${made}.`,
    `The sandbox stays for another table of the same moment; remove ${sandbox} by hand once nobody needs it.`,
  ].join(' ');
  return {
    do: { op: 'note', text, facts: [] },
    on: 'here',
    within: seconds(15),
    guard: null,
    done: [],
    alters: [],
    undo: 'free',
  };
}
