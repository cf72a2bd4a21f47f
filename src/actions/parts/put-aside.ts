// A directory moved out of the way, and where to: nothing is deleted.

import type { Op } from '../../ops.ts';
import type { NodeName } from '../../ports.ts';
import type { Check } from '../../runbook/book-types.ts';
import { seconds } from '../../time.ts';

/** Copying and rewinding a large cluster takes hours; nothing else of it tells how long. */
export const longest = seconds(24 * 3600);

export const pathIs = (on: NodeName, at: string, ...is: string[]): Check => ({
  check: 'path',
  on,
  with: { path: at, is },
});

/** Taken back by moving it there again; `also` is proven besides. */
export function moveOp(on: NodeName, from: string, to: string, ...also: readonly Check[]): Op {
  const move = (a: string, b: string): Omit<Op, 'undo'> => ({
    do: { op: 'move', from: a, to: b },
    on,
    within: seconds(3600),
    guard: ['postmaster'],
    done: [pathIs(on, a, 'absent'), pathIs(on, b, 'full')],
    alters: ['systemId', 'timeline', 'version', 'fence'],
  });
  const there = move(from, to);
  return { ...there, done: [...there.done, ...also], undo: [{ ...move(to, from), system: null, undo: 'free' }] };
}

/** The same, to make way: where nothing lies, nothing is left to do. */
export const clearOp = (on: NodeName, from: string, to: string): Op => ({
  ...moveOp(on, from, to),
  done: [pathIs(on, from, 'absent')],
});
