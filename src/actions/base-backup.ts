// base-backup: pg_basebackup on a node, of the node itself, to where its backups lie; pg_verifybackup proves it.

import { Type } from 'typebox';
import { installation } from '../look/installation.ts';
import type { Op } from '../ops.ts';
import { pgBasebackup, pgVerifybackup } from '../postgres/commands-copy.ts';
import { commandLine } from '../postgres/shell.ts';
import { node } from '../runbook/vocabulary.ts';
import { seconds } from '../time.ts';
import { action } from './action.ts';
import { freePlace } from './parts/free-place.ts';
import { localBackupScript, script } from './parts/scripts.ts';
import { upstream } from './parts/standby.ts';

export const baseBackup = action({
  name: 'base-backup',
  summary: 'Takes a base backup of a server on its own host, where the inventory has its backups, and verifies it',
  params: Type.Object({
    node: node({ description: 'The server' }),
    to: Type.Optional(
      Type.String({ pattern: '^/', description: 'Where to; below `backup` of the inventory where absent' }),
    ),
  }),
  example: `- id: backup
  action: base-backup
  with: { node: standby }`,
  async plan({ node: on, to }, look) {
    const site = look.node(on);
    const needs = [{ check: 'ready', on, with: { is: ['accepting'] } }];
    const root = to ?? site.postgres.backup;
    if (root === undefined)
      return {
        needs: [...needs, { check: 'path', on, with: { path: '/backup-is-not-in-the-inventory', is: ['full'] } }],
        do: { ops: [] },
        promise: [],
      };
    const into = await freePlace(look, on, root, { name: 'data', unfinished: '.copying' });
    const { application_name: _name, ...from } = upstream({ look, on, primary: on });
    const copy = pgBasebackup(installation(site), {
      into,
      from,
      wal: 'stream',
      checkpoint: 'fast',
      label: 'lifeboat',
      progress: true,
    });
    const promise = [{ check: 'path', on, with: { path: `${into}/backup_manifest`, is: ['full'] } }];
    const base = {
      on,
      within: seconds(24 * 3600),
      guard: ['role' as const, 'timeline' as const],
      alters: [],
      undo: 'free' as const,
    };
    const ops: Op[] = [
      {
        ...base,
        do: {
          op: 'exec',
          as: commandLine(copy),
          tries: [{ argv: script(localBackupScript, 'local-backup', into, ...copy), within: base.within }],
        },
        done: [],
      },
      {
        ...base,
        do: { op: 'exec', tries: [{ argv: pgVerifybackup(installation(site), into), within: base.within }] },
        done: [],
        why: 'every file against the manifest, and the WAL that it needs',
      },
    ];
    return { needs, do: { ops }, promise };
  },
});
