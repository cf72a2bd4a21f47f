// What was shown binds: holes may be filled, a way shown taken, what holds already left out, and nothing else.

import { expect, test } from 'vitest';
import { bind } from '../../../src/engine/bind.ts';
import type { PlannedStep, Way } from '../../../src/engine/planned.ts';
import type { Check, Hole, StepId } from '../../../src/runbook/book-types.ts';
import type { NodeName } from '../../../src/ports.ts';
import type { Op } from '../../../src/ops.ts';
import { seconds } from '../../../src/time.ts';

const on = 'node2' as NodeName;
const up: Check = { check: 'ready', on, with: { is: ['accepting'] } };
const hole: Hole = { hole: 'segment', after: 'fence' as StepId };

const exec = (...argv: (string | Hole)[]): Op => ({
  do: { op: 'exec', tries: [{ argv, within: seconds(1) }] },
  on,
  within: seconds(1),
  guard: [],
  done: [up],
  undo: 'never',
});

const way = (name: string, ...ops: Op[]): Way => ({
  name,
  when: null,
  ops: ops.map(op => ({ op, guard: null })),
  worst: 'never',
});

const step = (...ways: Way[]): PlannedStep => ({
  id: 'one' as StepId,
  number: 1,
  title: 'one',
  action: 'command',
  happens: true,
  needs: [],
  ways,
  promise: [],
  retry: 0,
  onFailure: 'stop',
  marked: false,
});

const freshOf = (bound: ReturnType<typeof bind>) =>
  bound.is === 'bound' ? bound.ops.map(({ fresh }) => fresh?.op.do) : bound;

test('a hole is filled by what is known now', () => {
  const now = exec('cp', '0000000100000001');
  expect(freshOf(bind(step(way('only', exec('cp', hole))), step(way('only', now))))).toEqual([now.do]);
});

test('a hole that is still one, or another argument, differs', () => {
  expect(bind(step(way('only', exec('cp', hole))), step(way('only', exec('cp', hole))))).toMatchObject({
    is: 'differs',
  });
  expect(bind(step(way('only', exec('cp', 'a'))), step(way('only', exec('cp', 'b'))))).toEqual({
    is: 'differs',
    expected: 'node2 cp a',
    found: 'node2 cp b',
  });
});

test('one of the ways shown is taken by its name', () => {
  const shown = step(way('bring', exec('cp')), way('nothing'));
  expect(bind(shown, step(way('nothing')))).toMatchObject({ is: 'bound', way: 'nothing', ops: [] });
  expect(bind(shown, step(way('bring', exec('cp'))))).toMatchObject({ is: 'bound', way: 'bring' });
  expect(bind(shown, step(way('rebuild', exec('rm'))))).toMatchObject({
    is: 'differs',
    expected: 'bring or nothing',
    found: 'rebuild',
  });
});

test('nothing is added, and nothing moves to another node', () => {
  expect(bind(step(way('only', exec('a'))), step(way('only', exec('a'), exec('b'))))).toMatchObject({ is: 'differs' });
  expect(bind(step(way('only')), step(way('only', exec('a'))))).toMatchObject({
    is: 'differs',
    expected: 'nothing to do',
  });
  const elsewhere = { ...exec('a'), on: 'node3' as NodeName };
  expect(bind(step(way('only', exec('a'))), step(way('only', elsewhere)))).toMatchObject({ is: 'differs' });
});

test('what is left out now is bound without a fresh op, in its place: its proof must then hold', () => {
  const bound = bind(step(way('only', exec('a'), exec('b'), exec('c'))), step(way('only', exec('a'), exec('c'))));
  expect(freshOf(bound)).toEqual([exec('a').do, undefined, exec('c').do]);
});

test('an op that is done is no longer compared: its own effect shows in what is planned now', () => {
  const shown = step(way('only', exec('cp', 'segment 1'), exec('b')));
  const now = step(way('only', exec('cp', 'segment 2'), exec('b')));
  expect(bind(shown, now)).toMatchObject({ is: 'differs' });
  expect(bind(shown, now, n => n === 0)).toMatchObject({ is: 'bound' });
});

test('what stands before an op that is done has had its turn, whatever that one has made of the world', () => {
  const shown = step(way('only', exec('stop'), exec('copy'), exec('start')));
  const now = step(way('only', exec('move', 'what was copied'), exec('copy'), exec('start')));
  expect(bind(shown, now)).toMatchObject({ is: 'differs' });
  const bound = bind(shown, now, n => n === 1);
  expect(bound).toMatchObject({ ops: [{ passed: true }, { passed: true }, { n: 2 }] });
  expect(freshOf(bound)).toEqual([undefined, undefined, exec('start').do]);
  // Behind it everything must still be as shown.
  expect(bind(shown, step(way('only', exec('copy'), exec('restart'))), n => n === 1)).toMatchObject({ is: 'differs' });
});
