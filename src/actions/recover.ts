// recover: starts a restored node with its own configuration, lets it replay to the target, and proves from facts and log that it ended there.

import { Type } from 'typebox';
import { wishParams } from '../look/wish-params.ts';
import { valueOf } from '../look/facts.ts';
import type { Look } from '../look/look.ts';
import { wishIn, wishWords } from '../look/wish.ts';
import type { Op, Text } from '../ops.ts';
import type { NodeName } from '../ports.ts';
import { fenceName } from '../postgres/fence.ts';
import { targetSetting } from '../postgres/recovery.ts';
import type { Chosen, Wish } from '../repo/choose.ts';
import { restoredNames } from '../repo/restore-settings.ts';
import { wayOf } from '../repo/restore-way.ts';
import { recoveryTarget } from '../repo/target.ts';
import type { Check, Hole } from '../runbook/book-types.ts';
import { duration, node } from '../runbook/vocabulary.ts';
import { type Duration, ms, seconds } from '../time.ts';
import { action, type Plan } from './action.ts';
import { ownConfScript } from './parts/recovery-scripts.ts';
import { script } from './parts/scripts.ts';
import { startOp } from './parts/server.ts';

export const recover = action({
  name: 'recover',
  summary: 'Starts a restored node and lets it replay to the target: it becomes a primary on a timeline of its own',
  params: Type.Object({
    node: node({ description: 'The restored server' }),
    ...wishParams,
    within: Type.Optional(duration({ description: 'How long replay may take; a day where absent' })),
  }),
  example: `- id: recover
  action: recover
  with: { node: primary, to_xid: '742', exclusive: true }`,
  async plan({ node: on, within = seconds(86_400), ...params }, look): Promise<Plan> {
    const words = wishWords(params);
    const read = wishIn(words);
    const { data } = look.node(on).postgres;
    const others = look.cluster.nodes.filter(({ name }) => name !== on);
    const needs: Check[] = [
      { check: 'stopped', on, with: {} },
      // What is restored is nobody's standby: it comes up as a primary.
      ...others.map(({ name }) => ({ check: 'role', on: name, with: { is: ['standby', 'down'] } })),
      { check: 'restored', on, with: {} },
    ];
    const primary: Check = { check: 'role', on, with: { is: ['primary'] } };
    const promise: Check[] = [
      primary,
      { check: 'ready', on, with: { is: ['accepting'] } },
      { check: 'writable', on, with: {} },
    ];
    // Told by the check of the target, in the step that restores.
    if (read.is === 'wrong') return { needs, do: { ops: [], why: 'there is no target' }, promise };
    const way = await look.way(read.wish);
    const found = valueOf(way);
    const chosen = found?.is === 'chosen' ? found : undefined;
    const lines = await linesOf(look, on, read.wish);
    return {
      needs,
      do: {
        ops: [
          ...(lines === undefined ? [] : [ownConfOp(on, data, lines)]),
          { ...startOp(look.node(on), within), guard: ['postmaster'], done: [isUp(on)] },
          recoveredOp(on, within, primary),
        ],
      },
      promise: [
        ...promise,
        { check: 'timeline', on, with: { above: chosen?.timeline ?? (await newest(look)) } },
        { check: 'log', on, with: told(read.wish, chosen) },
      ],
    };
  },
});

/** A server takes a number above all that it knows of. */
async function newest(look: Look): Promise<number> {
  const kept = valueOf(await look.kept());
  return Math.max(0, ...(kept?.stretches.map(({ timeline }) => timeline) ?? []));
}

const isUp = (on: NodeName): Check => ({ check: 'ready', on, with: { is: ['accepting', 'rejecting'] } });

async function linesOf(look: Look, on: NodeName, wish: Wish): Promise<Text<Hole> | undefined> {
  const known = await look.restore(on, wish);
  if (known.is === 'later') return { hole: 'the settings of this recovery', after: known.after };
  return valueOf(known)?.lines.join('\n');
}

const ownConfOp = (on: NodeName, data: string, lines: Text<Hole>): Op => ({
  do: {
    op: 'exec',
    as: `bring the configuration back from ${data}.conf; the target and restore_command in postgresql.auto.conf`,
    tries: [
      {
        argv: script<Hole>(ownConfScript, 'own-conf', data, [fenceName, ...restoredNames].join('|'), lines),
        within: seconds(20),
      },
    ],
  },
  on,
  within: seconds(25),
  guard: ['postmaster'],
  files: 'own',
  done: [],
  alters: ['fence'],
  undo: 'free',
  why: 'it archives nothing and waits for nobody until the data is found to be right',
});

/** Replay can take hours; a server that gives up on the way is down. */
const recoveredOp = (on: NodeName, within: Duration, primary: Check): Op => ({
  do: { op: 'wait', until: primary, during: ms(0), every: ms(500), unless: { check: 'stopped', on, with: {} } },
  on,
  within,
  guard: null,
  done: [],
  alters: [],
  undo: 'free',
});

/** The line that proves the target names the transaction that was chosen; where that is not known yet, at least the one asked for. */
function told(wish: Wish, chosen: Chosen | undefined): object {
  const { target } = wish;
  if (target.is === 'latest') return { story: 'recovery' };
  if (target.is === 'immediate') return { story: 'pitr' };
  const goal = targetSetting(recoveryTarget(target))?.value;
  const end = chosen && wayOf(chosen).end;
  const side = target.is === 'time' ? 'before' : 'inclusive' in target && !target.inclusive ? 'before' : 'after';
  const transaction = {
    side,
    ...(end && end.xid !== null ? { xid: String(end.xid) } : target.is === 'xid' ? { xid: String(target.xid) } : {}),
    ...(end && end.xid !== null && end.time !== null && { time: end.time }),
  };
  const reached =
    target.is === 'name'
      ? { name: target.name }
      : target.is === 'lsn'
        ? { side, ...(goal !== undefined && { lsn: goal }) }
        : transaction;
  return { story: 'pitr', reached: { ...(goal !== undefined && { target: goal }), ...reached } };
}
