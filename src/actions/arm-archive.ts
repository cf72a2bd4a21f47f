// arm-archive: what recovery needed is taken out, and a restart arms archiving again: from here on the new timeline is what counts.

import { Type } from 'typebox';
import { wishParams } from '../look/wish-params.ts';
import { installation } from '../look/installation.ts';
import { valueOf } from '../look/facts.ts';
import type { Loss } from '../look/loss.ts';
import { lossOfRecovery } from '../look/recovery-loss.ts';
import { wishIn, wishWords } from '../look/wish.ts';
import type { Op } from '../ops.ts';
import { fenceName } from '../postgres/fence.ts';
import { pgCtlRestart } from '../postgres/commands.ts';
import { restoredNames } from '../repo/restore-settings.ts';
import type { Check } from '../runbook/book-types.ts';
import type { NodeSite } from '../runbook/inventory-types.ts';
import { node } from '../runbook/vocabulary.ts';
import { seconds } from '../time.ts';
import { action } from './action.ts';
import { settledConfScript } from './parts/recovery-scripts.ts';
import { script } from './parts/scripts.ts';

/** A service manager would not know a server that was restarted behind its back. */
function restartOps(site: NodeSite): Op[] {
  const { service } = site.postgres;
  const base = {
    on: site.name,
    within: seconds(310),
    files: 'own' as const,
    alters: ['postmaster', 'processes'] as const,
    why: 'archive_mode and the targets are read at start only',
  };
  const run = (argv: readonly string[]): Op['do'] => ({ op: 'exec', tries: [{ argv, within: seconds(305) }] });
  const settled = [{ check: 'no-recovery-target', on: site.name, with: {} }];
  const first = { ...base, guard: ['role', 'timeline'] as const, undo: 'never' as const };
  if (service === undefined) return [{ ...first, do: run(pgCtlRestart(installation(site), 300)), done: settled }];
  return [
    { ...first, do: run(service.stop), done: [] },
    { ...base, guard: [], do: run(service.start), done: settled, undo: 'free' },
  ];
}

const nobodyKnows: Loss = {
  bytes: 'unknown',
  time: 'unknown',
  from: ['what was written after the last WAL that is kept is lost, and nobody can say what it was'],
};

/** A standby that is not there yet would hang every commit; the step that brings it back sees to that. */
const settledNames = restoredNames.filter(name => name !== 'synchronous_standby_names');

export const armArchive = action({
  name: 'arm-archive',
  summary:
    'Takes out what a recovery needed and restarts the server, which archives from then on: the point of no return',
  params: Type.Object({
    node: node({ description: 'The recovered server' }),
    ...wishParams,
    unseen: Type.Optional(
      Type.Boolean({ description: 'There was WAL that nobody can read any more: what was in it is lost as well' }),
    ),
  }),
  example: `- id: arm
  action: arm-archive
  with: { node: primary, to_xid: '742', exclusive: true }`,
  async plan({ node: on, unseen = false, ...params }, look) {
    const site = look.node(on);
    const needs: Check[] = [
      { check: 'role', on, with: { is: ['primary'] } },
      { check: 'writable', on, with: {} },
    ];
    const promise: Check[] = [
      { check: 'role', on, with: { is: ['primary'] } },
      { check: 'ready', on, with: { is: ['accepting'] } },
      { check: 'writable', on, with: {} },
      { check: 'no-recovery-target', on, with: {} },
    ];
    const ops: Op[] = [
      {
        do: {
          op: 'exec',
          as: `take what recovery needed out of ${site.postgres.data}/postgresql.auto.conf`,
          tries: [
            {
              argv: script(
                settledConfScript,
                'settled-conf',
                site.postgres.data,
                [fenceName, ...settledNames].join('|'),
                `${fenceName}|recovery_target\\w*`,
              ),
              within: seconds(20),
            },
          ],
        },
        on,
        within: seconds(25),
        guard: ['role', 'postmaster'],
        files: 'own',
        done: [],
        alters: [],
        undo: 'free',
        why: 'targets, restore_command and the end of archiving; its own lines come back, but commits wait for no standby until one streams again',
      },
      ...restartOps(site),
    ];
    const read = wishIn(wishWords(params));
    if (read.is === 'wrong') return { needs, do: { ops: [], why: 'there is no target' }, promise };
    const loss = unseen ? nobodyKnows : await lossOfRecovery(look, on, read.wish);
    const timeline = valueOf(await look.fact(on, 'timeline'));
    const why = timeline === undefined ? undefined : `timeline ${String(timeline)} is what counts from here on`;
    return { needs, do: { ops, loss, ...(why !== undefined && { why }) }, promise };
  },
});
