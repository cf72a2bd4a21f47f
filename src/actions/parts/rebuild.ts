// The ops of a rebuild: what is left of a node is moved aside, and a base backup of the primary takes its place.

import { installation, walDirectory } from '../../look/installation.ts';
import type { Op } from '../../ops.ts';
import { pgBasebackup } from '../../postgres/commands-copy.ts';
import { commandLine } from '../../postgres/shell.ts';
import { clearOp, longest, moveOp } from './put-aside.ts';
import { baseBackupScript, script } from './scripts.ts';
import { type Pair, slotOf, standbyLines, standbyNames, upstream } from './standby.ts';

/** Data and WAL are moved aside, and a new base backup takes their place. */
export function rebuildOps(pair: Pair, { moves, kept, spaces }: Moved): Op[] {
  const { look, on } = pair;
  const site = look.node(on);
  const { data, wal } = site.postgres;
  const copy = pgBasebackup(installation(site), {
    into: data,
    from: upstream(pair),
    wal: 'stream',
    checkpoint: 'fast',
    label: `lifeboat: rebuild of ${on}`,
    progress: true,
    tablespaces: spaces.filter(([there, here]) => there !== here),
    ...(wal !== undefined && { walDirectory: wal }),
    ...(look.cluster.replication?.slots === true && { slot: slotOf(on) }),
  });
  return [
    ...moves.map(([from, to], at) => ({ ...clearOp(on, from, to), ...(at > 0 && { system: null }) })),
    {
      do: {
        op: 'exec',
        as: commandLine(copy),
        tries: [
          {
            argv: script(
              baseBackupScript,
              'base-backup',
              data,
              walDirectory(site),
              kept,
              standbyNames,
              standbyLines(pair),
              ...copy,
            ),
            within: longest,
          },
        ],
      },
      on,
      within: longest,
      guard: ['postmaster'],
      system: null,
      done: [],
      undo: [{ ...moveOp(on, data, `${kept}-unfinished`), undo: 'free' }],
      why: 'then its former configuration, and the settings of a standby',
    },
  ];
}

/** What of a node goes where before a copy takes its place, and where tablespaces lie on it. */
export interface Moved {
  readonly moves: readonly (readonly [from: string, to: string])[];
  /** Where the data directory, with the node's own configuration, lies afterwards. */
  readonly kept: string;
  readonly spaces: readonly (readonly [there: string, here: string])[];
}
