// The ops that put a backup into a node's places: its configuration kept, what lies there moved aside, and taken back as a whole.

import { posix } from 'node:path';
import type { Look } from '../../look/look.ts';
import { nodePlaces } from '../../look/node-places.ts';
import type { Op } from '../../ops.ts';
import type { NodeName } from '../../ports.ts';
import type { WishWords } from '../../repo/recovery-wish.ts';
import type { RestoreWay } from '../../repo/restore-way.ts';
import type { Hole } from '../../runbook/book-types.ts';
import { seconds } from '../../time.ts';
import { type Broken, placeOf } from './broken.ts';
import { clearOp, longest } from './put-aside.ts';
import { keepConfScript } from './recovery-scripts.ts';
import { script } from './scripts.ts';

export interface Restoring {
  readonly look: Look;
  readonly on: NodeName;
  readonly wish: WishWords;
  readonly way: RestoreWay | Hole;
  readonly moved: Broken;
  /** Directories of tablespaces on the node. */
  readonly spaces: readonly string[];
}

export async function restoredOps(restoring: Restoring): Promise<Op[]> {
  const { look, on, wish, way, moved } = restoring;
  const into = nodePlaces(look.node(on));
  return [
    keepConfOp(on, into.data),
    ...moved.moves.map(([from, to], at) => ({ ...clearOp(on, from, to), ...(at > 0 && { system: null }) })),
    {
      do: { op: 'restore', wish, way, into },
      on,
      within: longest,
      guard: ['postmaster'],
      system: null,
      done: [{ check: 'restored', on, with: {} }],
      undo: await awayOps(restoring),
    },
  ];
}

const keepConfOp = (on: NodeName, data: string): Op => ({
  do: {
    op: 'exec',
    as: `copy the configuration of ${data} to ${data}.conf`,
    tries: [{ argv: script(keepConfScript, 'keep-conf', data), within: seconds(20) }],
  },
  on,
  within: seconds(25),
  guard: ['postmaster'],
  done: [],
  alters: [],
  undo: 'free',
  why: 'the backup brings that of the node that it was taken from',
});

/** What was restored is moved away too, as far as it came, so that the former data can come back. The data directory is the first that is made. */
async function awayOps({ look, on, moved: { directory }, spaces }: Restoring): Promise<Op[]> {
  const { data, wal } = look.node(on).postgres;
  const sources = [...spaces, ...(wal === undefined ? [] : [wal]), data];
  return Promise.all(
    sources.map(async from => {
      const { free } = await placeOf(look, on, from, `${directory}/restored-${posix.basename(from)}`);
      return { ...clearOp(on, from, free), undo: 'free' as const };
    }),
  );
}
