// dump: a logical backup of all databases on the server's own host, with roles, tablespaces and configuration, proven by reading.

import { Type } from 'typebox';
import { Fault } from '../faults.ts';
import { dumpFile } from '../look/dump.ts';
import { installation } from '../look/installation.ts';
import type { Op, TryOf } from '../ops.ts';
import { localConnection, psql } from '../postgres/commands-client.ts';
import { archiveName, pgDump, pgDumpallGlobals } from '../postgres/commands-dump.ts';
import { commandLine } from '../postgres/shell.ts';
import type { Check, Hole } from '../runbook/book-types.ts';
import { node } from '../runbook/vocabulary.ts';
import { action } from './action.ts';
import { configurationQuery, databasesQuery, dumpQuery } from './parts/dump-query.ts';
import { dumpDatabaseScript, dumpFinishScript, dumpGlobalsScript } from './parts/dump-scripts.ts';
import { freePlace } from './parts/free-place.ts';
import { longest, pathIs } from './parts/put-aside.ts';
import { script } from './parts/scripts.ts';

export const dump = action({
  name: 'dump',
  summary: 'Takes a logical backup of a server on its own host: every database, roles, tablespaces, configuration',
  params: Type.Object({
    node: node({ description: 'The server: a primary or a standby' }),
    directory: Type.Optional(
      Type.String({
        pattern: '^(/.*)?$',
        description: 'Where to; below `backup` of the inventory where empty or absent',
      }),
    ),
    jobs: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 64, description: 'Tables dumped side by side; 1 where absent' }),
    ),
  }),
  example: `- id: dump
  action: dump
  with: { node: standby, jobs: 4 }`,
  async plan({ node: on, directory = '', jobs = 1 }, look) {
    const site = look.node(on);
    const at = installation(site);
    const from = { ...localConnection(at, site.postgres.database), user: site.postgres.user };
    const needs: Check[] = [{ check: 'ready', on, with: { is: ['accepting'] } }];
    const root = directory === '' ? site.postgres.backup : directory;
    if (root === undefined)
      return { needs: [...needs, pathIs(on, '/backup-is-not-in-the-inventory', 'full')], do: { ops: [] }, promise: [] };
    const rows = await look.rows(on, databasesQuery);
    if (rows.is === 'later')
      throw new Fault('refused', `the databases of ${on} cannot be known before step ${rows.after}`, {
        hint: 'let the book take its backup first, or in a run of its own',
      });
    const databases = rows.is === 'silent' ? [] : rows.value.map(([name = '']) => name);
    const into = await freePlace(look, on, root, { name: 'logical', unfinished: '.partial' });
    const op = (as: string, argv: TryOf<Hole>['argv'], why?: string): Op => ({
      do: { op: 'exec', as, tries: [{ argv, within: longest }] },
      on,
      within: longest,
      guard: ['role'],
      done: [],
      alters: [],
      undo: 'free',
      ...(why !== undefined && { why }),
    });
    const globals = pgDumpallGlobals(at, from);
    const manifest = dumpQuery(look.cluster.name, on, databases);
    return {
      needs,
      do: {
        ops: [
          op(commandLine(globals), script(dumpGlobalsScript, 'dump-globals', into, ...globals)),
          ...databases.map(name => {
            const argv = pgDump(at, name, from, { jobs });
            const archive = `${into}.partial/databases/${archiveName(name)}`;
            return op(
              commandLine([...argv, `--file=${archive}`]),
              script(dumpDatabaseScript, 'dump-database', archive, at.bin, ...argv),
              'then read to its end by pg_restore',
            );
          }),
          op(
            `write configuration, ${dumpFile} and SHA256SUMS into ${into}.partial; move it to ${into}`,
            script(
              dumpFinishScript,
              'dump-finish',
              into,
              configurationQuery,
              manifest,
              ...psql(at, from, '').slice(0, -2),
            ),
            'a backup without SHA-256 of every file is none',
          ),
        ],
      },
      promise: [pathIs(on, `${into}/${dumpFile}`, 'full')],
    };
  },
});
