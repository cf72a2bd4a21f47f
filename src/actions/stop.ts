// stop: ends every process of a data directory, in the order from gentle to certain, a deadline each.

import { Type } from 'typebox';
import { installation } from '../look/installation.ts';
import { valueOf } from '../look/facts.ts';
import type { Op, TryOf } from '../ops.ts';
import { pgCtlStart, pgCtlStop } from '../postgres/commands.ts';
import type { Hole } from '../runbook/book-types.ts';
import type { NodeSite } from '../runbook/inventory-types.ts';
import { duration, node, word } from '../runbook/vocabulary.ts';
import { type Duration, ms, seconds } from '../time.ts';
import { action } from './action.ts';

const modes = ['smart', 'fast', 'immediate', 'kill'] as const;
type Mode = (typeof modes)[number];

/**
 * Kills the postmaster first, so that it starts nothing anew, then whatever still has the data directory as its working
 * directory. Neither `pg_ctl stop` ends a frozen postmaster, and neither ends the backends that a killed one left behind:
 * both go on committing (seen on 15 and 18).
 */
const killScript =
  'd=$(cd "$1" && pwd -P) || exit 1; ' +
  'of() { [ "$(readlink "/proc/$1/cwd")" = "$d" ]; }; ' +
  'p=$(head -n 1 "$d/postmaster.pid" 2>/dev/null); [ -n "$p" ] && of "$p" && kill -9 "$p"; ' +
  'for i in 1 2 3 4 5 6 7 8 9 10; do n=0; ' +
  'for q in /proc/[0-9]*; do q=${q#/proc/}; of "$q" 2>/dev/null && kill -9 "$q" && n=1; done; ' +
  '[ $n = 0 ] && exit 0; sleep 0.2; done; exit 1';

export const stop = action({
  name: 'stop',
  summary: 'Stops the server: done when no process of its data directory is left',
  params: Type.Object({
    node: node({ description: 'The node to stop' }),
    modes: Type.Optional(
      Type.Array(word(modes), {
        minItems: 1,
        description: 'Tried in this order until no process is left; kill is SIGKILL to each',
      }),
    ),
    within: Type.Optional(duration({ description: 'Deadline of each mode' })),
  }),
  example: `- id: fence
  action: stop
  with: { node: primary, modes: [fast, immediate] }`,
  async plan(params, look) {
    const on = params.node;
    const gone = { check: 'stopped', on, with: {} };
    const processes = await look.fact(on, 'processes');
    if (processes.is === 'silent')
      return { needs: [gone], do: { ops: [], why: 'it does not answer' }, promise: [gone] };
    if (processes.is !== 'later' && processes.value === 0) {
      const why = processes.is === 'told' ? `told by ${processes.by} that it is off` : 'no process of it is left';
      return { needs: [], do: { ops: [], why }, promise: [gone] };
    }
    const ran = valueOf(await look.fact(on, 'role'));
    const op = stopOp(look.node(on), params.modes ?? ['fast'], params.within ?? seconds(60), ran !== undefined);
    return { needs: [], do: { ops: [op] }, promise: [gone] };
  },
});

function stopOp(site: NodeSite, wanted: readonly Mode[], within: Duration, startAgain: boolean): Op {
  const tries = wanted.map(mode => ({ argv: stopArgv(site, mode, within), within: ms(within + 5000) }));
  const on = site.name;
  return {
    do: { op: 'exec', tries },
    on,
    within: ms(tries.reduce((sum, one) => sum + one.within, 5000)),
    guard: ['role', 'postmaster'],
    done: [{ check: 'stopped', on, with: {} }],
    undo: startAgain ? [startOp(site)] : 'free',
  };
}

function stopArgv(site: NodeSite, mode: Mode, within: Duration): TryOf<Hole>['argv'] {
  if (mode === 'kill') return ['sh', '-c', killScript, 'kill', site.postgres.data];
  const service = site.postgres.service;
  // The service manager knows one way to stop; the quicker ones are pg_ctl's.
  if (service && mode !== 'immediate') return service.stop;
  return pgCtlStop(installation(site), mode, Math.ceil(within / 1000));
}

function startOp(site: NodeSite): Op {
  return {
    do: {
      op: 'exec',
      tries: [{ argv: site.postgres.service?.start ?? pgCtlStart(installation(site), 60), within: seconds(70) }],
    },
    on: site.name,
    within: seconds(75),
    guard: ['postmaster'],
    done: [{ check: 'ready', on: site.name, with: { is: ['accepting'] } }],
    undo: 'free',
  };
}
