// Starting and stopping a server: the ops that several actions share.

import type { Role } from '../../look/facts.ts';
import { installation } from '../../look/installation.ts';
import type { Op, TryOf } from '../../ops.ts';
import { pgCtlStart, pgCtlStop, type StopMode } from '../../postgres/commands.ts';
import type { Hole } from '../../runbook/book-types.ts';
import type { NodeSite } from '../../runbook/inventory-types.ts';
import { type Duration, ms, seconds } from '../../time.ts';

/** `kill` is SIGKILL to each process of the data directory. */
export type Mode = StopMode | 'kill';

/**
 * Kills the postmaster first, so that it starts nothing anew, then whatever still has the data directory as its working
 * directory. Neither `pg_ctl stop` ends a frozen postmaster, and neither ends the backends that a killed one left behind:
 * both go on committing (seen on 15 and 18).
 */
const killScript =
  'd=$(cd "$1" 2>/dev/null && pwd -P) || d="$1 (deleted)"; ' +
  'of() { [ "$(readlink "/proc/$1/cwd")" = "$d" ]; }; ' +
  'p=$(head -n 1 "$d/postmaster.pid" 2>/dev/null); [ -n "$p" ] && of "$p" && kill -9 "$p"; ' +
  'for i in 1 2 3 4 5 6 7 8 9 10; do n=0; ' +
  'for q in /proc/[0-9]*; do q=${q#/proc/}; of "$q" 2>/dev/null && kill -9 "$q" && n=1; done; ' +
  '[ $n = 0 ] && exit 0; sleep 0.2; done; exit 1';

export interface Stopping {
  readonly modes: readonly Mode[];
  /** Of each mode. */
  readonly within: Duration;
  /** Started again by an undo. */
  readonly startAgain: boolean;
}

export function stopOp(site: NodeSite, { modes, within, startAgain }: Stopping): Op {
  const tries = modes.map(mode => ({ argv: stopArgv(site, mode, within), within: ms(within + 5000) }));
  return {
    do: { op: 'exec', tries },
    on: site.name,
    within: ms(tries.reduce((sum, one) => sum + one.within, 5000)),
    guard: ['role', 'postmaster'],
    files: 'own',
    done: [{ check: 'stopped', on: site.name, with: {} }],
    undo: startAgain ? [{ ...startOp(site, seconds(60)), guard: ['postmaster'], undo: 'free' }] : 'free',
  };
}

export function stopArgv(site: NodeSite, mode: Mode, within: Duration): TryOf<Hole>['argv'] {
  if (mode === 'kill') return ['sh', '-c', killScript, 'kill', site.postgres.data];
  const service = site.postgres.service;
  // The service manager knows one way to stop; the quicker ones are pg_ctl's.
  if (service && mode !== 'immediate') return service.stop;
  return pgCtlStop(installation(site), mode, Math.ceil(within / 1000));
}

/** @param as what it comes up as: whoever starts it in the same moment has then done what was wanted */
export function startOp(site: NodeSite, within: Duration, as?: Role): Op {
  const argv = site.postgres.service?.start ?? pgCtlStart(installation(site), Math.ceil(within / 1000));
  return {
    do: { op: 'exec', tries: [{ argv, within: ms(within + 5000) }] },
    on: site.name,
    within: ms(within + 10_000),
    guard: ['role', 'postmaster'],
    files: 'own',
    done: [
      { check: 'ready', on: site.name, with: { is: ['accepting'] } },
      ...(as === undefined ? [] : [{ check: 'role', on: site.name, with: { is: [as] } }]),
    ],
    undo: [
      {
        do: { op: 'exec', tries: [{ argv: stopArgv(site, 'fast', seconds(60)), within: seconds(65) }] },
        on: site.name,
        within: seconds(70),
        guard: [],
        done: [{ check: 'stopped', on: site.name, with: {} }],
        undo: 'free',
      },
    ],
  };
}
