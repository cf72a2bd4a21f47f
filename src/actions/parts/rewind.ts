// The ops of a rewind: what only this node has is kept, and the directory stands where nothing starts it until it is a standby's.

import { walDirectory } from '../../look/installation.ts';
import { halfPath, rewindingPath } from '../../look/way-back.ts';
import type { Op, Text } from '../../ops.ts';
import type { NodeName } from '../../ports.ts';
import { pgRewind } from '../../postgres/commands-copy.ts';
import { conninfo } from '../../postgres/connection.ts';
import { doublePercent } from '../../postgres/settings.ts';
import { commandLine } from '../../postgres/shell.ts';
import type { Hole } from '../../runbook/book-types.ts';
import { seconds } from '../../time.ts';
import { longest, moveOp, pathIs } from './put-aside.ts';
import { keepWalScript, rewindScript, script } from './scripts.ts';
import { type Pair, standbyLines, standbyNames, upstream } from './standby.ts';

/** pg_control of a primary shows its new timeline only after a checkpoint, and pg_rewind believes pg_control. */
export const checkpointOp = (on: NodeName): Op => ({
  do: { op: 'sql', session: true, statements: [{ text: 'CHECKPOINT' }] },
  on,
  within: seconds(600),
  guard: ['role'],
  done: [],
  alters: [],
  undo: 'free',
});

/** WAL that no other node has is copied aside before anything overwrites it. */
export function keepWalOp({ look, on }: Pair, first: Text<Hole>, aside: string): Op {
  const site = look.node(on);
  const words = (from: string): string => `copy ${walDirectory(site)}/* from ${from} on to ${aside}/diverged-wal`;
  return {
    do: {
      op: 'exec',
      as: typeof first === 'string' ? words(first) : { hole: words(first.hole), after: first.after },
      tries: [
        {
          argv: script<Hole>(keepWalScript, 'keep-wal', walDirectory(site), `${aside}/diverged-wal`, first),
          within: seconds(600),
        },
      ],
    },
    on,
    within: seconds(605),
    guard: ['postmaster'],
    done: [],
    alters: [],
    undo: 'free',
    why: 'what only this node has is kept',
  };
}

/** While it is rewound the directory stands where nothing starts it. */
export function rewindOps(pair: Pair): Op[] {
  const { look, on } = pair;
  const { data, bin, archive } = look.node(on).postgres;
  const aside = rewindingPath(data);
  const restore = archive === undefined ? '' : doublePercent(`cp ${archive}/%f "%p"`);
  const from = { ...upstream(pair), dbname: look.node(pair.primary).postgres.database };
  const rewind = { from, restoreTargetWal: restore !== '', progress: true };
  return [
    moveOp(on, data, aside),
    {
      do: {
        op: 'exec',
        as: commandLine(pgRewind({ bin, data: aside }, rewind)),
        tries: [
          {
            argv: script(rewindScript, 'rewind', aside, bin, standbyNames, standbyLines(pair), conninfo(from), restore),
            within: longest,
          },
        ],
      },
      on,
      within: longest,
      guard: ['postmaster'],
      system: null,
      done: [],
      undo: 'never',
      why: 'after a dry run of its own; then its former configuration, and the settings of a standby',
    },
    { ...moveOp(on, aside, data, pathIs(on, halfPath(data), 'absent')), system: null, undo: 'free' },
  ];
}
