// A log check may read from where an earlier step began: lines between there and its own step count, lines before do not.

import { describe, expect, test } from 'vitest';
import { wordsOf } from '../../../src/engine/book.ts';
import type { Stage } from '../../interruption/support/stage.ts';
import { healthy, stepIn, steps } from './support.ts';

const stopAndStart = `
  - { id: fence, action: stop, with: { node: primary, modes: [fast] } }
  - { id: back, action: start, with: { node: primary } }
`;
const says = 'check: log, on: primary, says: [received-fast-shutdown, shut-down]';
const proof = (since: string, list = 'expect'): string =>
  `  - { id: proof, action: note, with: { text: done }, ${list}: [{ ${says}${since} }] }\n`;

const book = (yaml: string): Stage => steps(healthy(), yaml.replace(/^\n/, ''));
const ended = async (stage: Stage) => (await stage.start()).end;
const promises = (stage: Stage, id: string): string[] =>
  stepIn(stage.plan!, id).promise.map(check => wordsOf(stage.book.checks, check));

test('a line between the beginning of the named step and its own holds with since, and fails without', async () => {
  expect(await ended(book(stopAndStart + proof(', since: fence')))).toMatchObject({ exit: 0 });
  expect(await ended(book(stopAndStart + proof('')))).toMatchObject({
    exit: 10,
    why: expect.stringContaining(
      'node1 log says received-fast-shutdown, shut-down: expected "received-fast-shutdown", found not in the log',
    ),
  });
});

test('a line before the beginning of the named step does not count, and the hint reads from there', async () => {
  const stage = book(stopAndStart + proof(', since: back'));
  const { end, events } = await stage.start();
  expect(end).toMatchObject({
    exit: 10,
    why: expect.stringContaining('log says received-fast-shutdown, shut-down since step back: expected'),
  });
  const begin = events.find(event => event.e === 'step' && event.step === 'back');
  const place = begin?.e === 'step' ? begin.mark!.nodes['node1' as never]!.log! : undefined;
  expect(end?.hint).toBe(`read it yourself: tail -c +${String(place!.offset + 1)} ${place!.file}`);
});

test('the mark is kept: cut after any event, the resumed run finds the line', async () => {
  const { events } = await book(stopAndStart + proof(', since: fence')).start();
  for (let after = 1; after < events.length; after += 1) {
    const stage = book(stopAndStart + proof(', since: fence'));
    await stage.start({ cut: { after, leaves: 'whole' } });
    expect((await stage.resume()).end, `cut after ${String(after)}`).toMatchObject({ exit: 0 });
  }
});

describe('the plan', () => {
  test('says from which step on, marks that step and no other, and has a fingerprint of its own', async () => {
    const since = book(stopAndStart + proof(', since: fence'));
    const own = book(stopAndStart + proof(''));
    const [one, other] = [await since.prepare(), await own.prepare()];
    expect(promises(since, 'proof')).toEqual(['node1 log says received-fast-shutdown, shut-down since step fence']);
    expect(one.steps.map(({ marked }) => marked)).toEqual([true, false, true]);
    expect(other.steps.map(({ marked }) => marked)).toEqual([false, false, true]);
    expect(one.fingerprint).not.toBe(other.fingerprint);
  });

  test('a step that is left out marks its place all the same', async () => {
    const left = '  - { id: here, action: note, if: "1 > 2", with: { text: never } }\n';
    expect(await ended(book(left + stopAndStart.slice(1) + proof(', since: here')))).toMatchObject({ exit: 0 });
  });

  test('what must hold before a step is known only once the step named has begun: that is no refusal', async () => {
    const stage = book(
      `  - { id: here, action: note, with: { text: begin } }\n${stopAndStart.slice(1)}${proof(', since: here', 'require')}`,
    );
    const plan = await stage.prepare();
    expect(stepIn(plan, 'here').marked).toBe(true);
    expect(stepIn(plan, 'proof').needs.map(({ verdict }) => verdict)).toEqual([{ is: 'later', after: 'here' }]);
    expect(await ended(stage)).toMatchObject({ exit: 0 });
  });

  test('so it is with what is waited for', async () => {
    const wait = `  - { id: seen, action: wait, with: { until: { ${says}, since: fence }, at_most: 10s } }\n`;
    const stage = book(stopAndStart + wait);
    expect(stepIn(await stage.prepare(), 'fence').marked).toBe(true);
    expect(await ended(stage)).toMatchObject({ exit: 0 });
  });
});

test('of a step that is repeated for the same nodes, the one for the own node is meant', async () => {
  const each = 'each: others, with: { node: each }';
  const yaml = `  - { id: down, action: stop, ${each} }
  - { id: up, action: start, ${each} }
  - { id: proof, action: note, each: others, with: { text: done }, expect: [{ ${says.replace('primary', 'each')}, since: down }] }
`;
  const world = healthy({ nodes: ['node1', 'node2', 'node3'] });
  const stage = steps(world, yaml, { bind: { primary: 'node1', standby: 'node2' } });
  await stage.prepare();
  expect(promises(stage, 'proof[node3]')).toEqual([
    'node3 log says received-fast-shutdown, shut-down since step down[node3]',
  ]);
  expect(await ended(stage)).toMatchObject({ exit: 0 });
});
