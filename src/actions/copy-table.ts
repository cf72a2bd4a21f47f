// copy-table: lets a sandbox come to its target where nobody can reach it, and copies one table out of it into a file.

import { Type } from 'typebox';
import { valueOf } from '../look/facts.ts';
import type { Look } from '../look/look.ts';
import { type Sandbox, sandboxOf } from '../look/sandbox.ts';
import { wishParams } from '../look/wish-params.ts';
import { wishIn, wishWords } from '../look/wish.ts';
import type { Op } from '../ops.ts';
import type { NodeName } from '../ports.ts';
import { conninfo } from '../postgres/connection.ts';
import { quoteTable, showTable } from '../postgres/table-name.ts';
import { controlPath } from '../repo/restore-target.ts';
import { type RestoreWay, wayOf } from '../repo/restore-way.ts';
import { duration, node } from '../runbook/vocabulary.ts';
import { type Duration, ms, seconds } from '../time.ts';
import { action, type Plan } from './action.ts';
import { pathIs } from './parts/put-aside.ts';
import { copyTableScript, stopSandboxScript } from './parts/rescue-scripts.ts';
import {
  copyDirectories,
  copySql,
  kindQuery,
  type RescuedTable,
  rescuedTable,
  sizeQuery,
} from './parts/rescued-table.ts';
import { sandboxArguments, sandboxConnection, sandboxSettings } from './parts/sandbox-server.ts';
import { script } from './parts/scripts.ts';

export const copyTable = action({
  name: 'copy-table',
  summary:
    'Replays a sandbox to its target and dumps one table out of it, its columns and rows alone; its server is reached by nobody else and lives no longer than that',
  params: Type.Object({
    node: node({ description: 'Where the sandbox lies' }),
    ...wishParams,
    database: Type.String({ minLength: 1 }),
    table: Type.String({ minLength: 1, description: 'As in SQL: app.orders, "App"."Odd name"' }),
    into: Type.String({ minLength: 1, description: 'The schema that the copy is to lie in, as it is' }),
    within: Type.Optional(duration({ description: 'How long replay and copying may take; a day where absent' })),
  }),
  example: `- id: copy
  action: copy-table
  with: { node: standby, to_xid: '742', exclusive: true, database: app, table: app.orders, into: rescued }`,
  async plan({ node: on, database, table, into, within = seconds(86_400), ...params }, look): Promise<Plan> {
    const rescued = rescuedTable({ database, table, into });
    const read = wishIn(wishWords(params));
    const found = read.is === 'wish' ? valueOf(await look.way(read.wish)) : undefined;
    if (read.is === 'wrong' || found?.is !== 'chosen')
      return { needs: [], do: { ops: [], why: 'nothing leads to the target' }, promise: [] };
    const way = wayOf(found);
    const sandbox = sandboxOf(look, on, way);
    const lines = valueOf(await look.restore(on, read.wish, sandbox.places))?.lines ?? [];
    const copying = { on, sandbox, way, lines, rescued, within };
    const { made } = copyDirectories(look, sandbox, on, rescued);
    return {
      needs: [pathIs(on, `${sandbox.places.data}/${controlPath}`, 'full')],
      do: { ops: [copyOp(look, made, copying)] },
      promise: [pathIs(on, made, 'full')],
    };
  },
});

interface Copying {
  readonly on: NodeName;
  readonly sandbox: Sandbox;
  readonly way: RestoreWay;
  /** What recovery needs. */
  readonly lines: readonly string[];
  readonly rescued: RescuedTable;
  readonly within: Duration;
}

function copyOp(look: Look, made: string, { on, sandbox, way, lines, rescued, within }: Copying): Op {
  const site = look.node(on);
  const { data } = sandbox.places;
  const { database, original, copy } = rescued;
  const server = sandboxArguments(site, data);
  const argv = script(
    copyTableScript,
    'copy-table',
    ...server,
    String(Math.ceil(within / 1000)),
    sandboxSettings(site, lines),
    made,
    conninfo(sandboxConnection(site, site.postgres.database)),
    database,
    conninfo(sandboxConnection(site, database)),
    kindQuery(rescued),
    showTable(original),
    copySql(rescued, way),
    sizeQuery(rescued),
    quoteTable(original),
    quoteTable(copy),
    String(way.timeline),
  );
  const stop = script(stopSandboxScript, 'stop-sandbox', ...server);
  return {
    do: {
      op: 'exec',
      as: `while a server runs on ${data} that nobody else can reach: replay; ${showTable(original)} of database ${database} → ${made}/table.dump`,
      tries: [{ argv, within }],
    },
    on,
    within: ms(within + 10_000),
    guard: [],
    done: [],
    alters: [],
    undo: [
      {
        do: {
          op: 'exec',
          as: `stop the server on ${data}, where one is left`,
          tries: [{ argv: stop, within: seconds(600) }],
        },
        on,
        within: seconds(610),
        guard: [],
        done: [],
        alters: [],
        undo: 'free',
      },
    ],
    why: 'no TCP, no archiving, no library and no setting of its source',
  };
}
