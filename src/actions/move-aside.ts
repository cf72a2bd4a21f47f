// move-aside: puts what is left of a server's data out of the way; it is never deleted.

import { posix } from 'node:path';
import { Type } from 'typebox';
import { valueOf } from '../look/facts.ts';
import type { Op } from '../ops.ts';
import type { NodeName } from '../ports.ts';
import type { Check } from '../runbook/book-types.ts';
import { node } from '../runbook/vocabulary.ts';
import { seconds } from '../time.ts';
import { action } from './action.ts';

export const moveAside = action({
  name: 'move-aside',
  summary: 'Moves a directory of a stopped server to where broken data is kept; nothing is deleted',
  params: Type.Object({
    node: node({ description: 'The node' }),
    path: Type.String({ pattern: '^/', description: 'What to move' }),
    to: Type.Optional(
      Type.String({ pattern: '^/', description: 'Where to; below `broken` of the inventory where absent' }),
    ),
  }),
  example: `- id: keep-broken
  action: move-aside
  with: { node: primary, path: /disk1/data }`,
  async plan(params, look) {
    const on = params.node;
    const from = posix.normalize(params.path);
    const broken = look.node(on).postgres.broken ?? `${posix.dirname(look.node(on).postgres.data)}/broken`;
    const to = params.to ?? `${broken}/${look.started.slice(0, 10).replaceAll('-', '')}/${posix.basename(from)}`;
    const moved: Check[] = [is(on, from, 'absent'), is(on, to, 'full')];
    if (valueOf(await look.path(on, from)) === 'absent' && valueOf(await look.path(on, to)) === 'full') {
      return { needs: [], do: { ops: [], why: 'it lies there already' }, promise: moved };
    }
    return {
      needs: [{ check: 'stopped', on, with: {} }, is(on, from, 'full', 'empty'), is(on, to, 'absent')],
      do: { ops: [{ ...move(on, from, to), done: moved, undo: [{ ...move(on, to, from), done: [], undo: 'free' }] }] },
      promise: moved,
    };
  },
});

const is = (on: NodeName, path: string, ...states: string[]): Check => ({
  check: 'path',
  on,
  with: { path, is: states },
});

const move = (on: NodeName, from: string, to: string): Omit<Op, 'done' | 'undo'> => ({
  do: { op: 'move', from, to },
  on,
  within: seconds(3600),
  guard: ['postmaster'],
  alters: ['systemId', 'timeline', 'version', 'fence'],
});
