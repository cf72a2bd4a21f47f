// How long a run took, out of its journal: restore and replay by their bytes, the rest as it is, and nothing of a run that was cut off.

import { expect, test } from 'vitest';
import type { EventBody, JournalEvent } from '../../../src/engine/events.ts';
import { measuredRun } from '../../../src/engine/measured-run.ts';
import type { Instant } from '../../../src/time.ts';

const gigabyte = 1024 ** 3;

const journal = (bodies: readonly (readonly [second: number, body: object])[]): JournalEvent[] =>
  bodies.map(([second, body], i) => ({
    seq: i + 1,
    at: new Date(Date.UTC(2026, 10, 21, 3, 0, second)).toISOString() as Instant,
    prev: '',
    ...(body as EventBody),
  }));

const begin = (...actions: string[]): object => ({
  e: 'run',
  plan: { book: 'pitr' },
  steps: actions.map(action => ({ id: action, action })),
});
const step = (id: string): object => ({ e: 'step', step: id, mark: null });
const done = (id: string): object => ({ e: 'done', step: id, is: 'done', why: null });
const end = (exit = 0): object => ({ e: 'end', exit, why: '', hint: null });

const restoring = { op: 'restore', way: { size: gigabyte } };
const written = { is: 'done', outputs: { bytes: String(3 * gigabyte) } };

const pitr = (exit = 0): readonly (readonly [number, object])[] => [
  [0, begin('stop', 'restore', 'recover', 'arm-archive')],
  [1, step('stop')],
  [4, done('stop')],
  [4, step('restore')],
  [4, { e: 'began', step: 'restore', n: 0, op: { on: 'node1', do: { op: 'move' } } }],
  [5, { e: 'ended', step: 'restore', n: 0, outcome: { is: 'done', outputs: {} } }],
  [6, { e: 'began', step: 'restore', n: 1, op: { on: 'node1', do: restoring } }],
  [26, { e: 'ended', step: 'restore', n: 1, outcome: written }],
  [27, done('restore')],
  [27, step('recover')],
  [87, done('recover')],
  // A person was waited for.
  [687, step('arm-archive')],
  [690, done('arm-archive')],
  [690, end(exit)],
];

test('what was restored, what was replayed, and the rest; not the time in which a person was waited for', () => {
  const found = measuredRun(journal(pitr()));
  expect(found).toMatchObject({ what: 'pitr', how: 'run', ok: true, on: 'node1', size: gigabyte, took: 89_000 });
  expect(found?.parts).toEqual([
    { part: 'restore', bytes: 3 * gigabyte, took: 20_000 },
    { part: 'replay', bytes: 2 * gigabyte, took: 60_000 },
    { part: 'rest', bytes: null, took: 9000 },
  ]);
});

test('a book that restores nothing is all rest', () => {
  const found = measuredRun(
    journal([
      [0, begin('promote')],
      [0, step('promote')],
      [2, done('promote')],
      [2, end()],
    ]),
  );
  expect(found).toMatchObject({ size: null, took: 2000, parts: [{ part: 'rest', bytes: null, took: 2000 }] });
});

test('a run that failed, was cut off, or was resumed says nothing', () => {
  expect(measuredRun(journal(pitr(10)))).toBeUndefined();
  expect(measuredRun(journal(pitr().slice(0, -1)))).toBeUndefined();
  const resumed = [...pitr().slice(0, -1), [691, { e: 'resumed', by: '', options: {} }], [692, end()]] as const;
  expect(measuredRun(journal(resumed))).toBeUndefined();
  expect(measuredRun([])).toBeUndefined();
});
