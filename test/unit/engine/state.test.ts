// The state is a fold over events, and a plan's name hangs on what would be done and not on what was merely seen.

import { expect, test } from 'vitest';
import { fold, inFlight, stepOf } from '../../../src/engine/state.ts';
import type { StepId } from '../../../src/runbook/book-types.ts';
import { failover, healthy, lost, steps } from './support.ts';

const id = (text: string): StepId => text as StepId;

test('each prefix of a journal is a state, and the whole one has every step over', async () => {
  const { events } = await failover(lost('killed')).start();
  const states = events.map((_, at) => fold(events.slice(0, at + 1)));
  const flights = states.filter(state => [...state.of.values()].some(step => inFlight(step))).length;
  const begans = events.filter(({ e }) => e === 'began').length;
  // In flight from its beginning to its end: the prove op's transaction id lies in between.
  expect(flights).toBe(begans + events.filter(({ e }) => e === 'token').length);
  const expected = states.at(-1)!.plan.steps.map(({ happens }) => (happens === false ? 'skipped' : 'done'));
  expect([...states.at(-1)!.of.values()].map(({ is }) => is)).toEqual(expected);
  expect(states.at(-1)!.ended).toMatchObject({ exit: 0 });
});

test('changed from the first op on a server, and not by a wait', async () => {
  const { events } = await failover(lost('killed')).start();
  const first = events.findIndex((_, at) => fold(events.slice(0, at + 1)).changed);
  expect(events[first]).toMatchObject({ e: 'began', step: 'fence' });
});

test('the mark of the first beginning is kept', async () => {
  const { events } = await failover(lost('killed')).start();
  const step = events.find(event => event.e === 'step' && event.step === 'promote')!;
  const mark = 'mark' in step ? step.mark : null;
  const again = { ...step, mark: { at: step.at, nodes: {} } };
  expect(mark).not.toBe(null);
  expect(stepOf(fold([...events, again]), id('promote')).mark).toEqual(mark);
});

test('outputs of a note are what later steps can use', async () => {
  const { events } = await failover(lost('crashed', { unsent: 0 })).start();
  expect(stepOf(fold(events), id('last-transaction')).outputs).toMatchObject({ received: '0/5000148', timeline: '1' });
});

test('the same plan has the same name although WAL moved on; another op, node or promise has another', async () => {
  const name = async (world = lost('killed', { load: 50 }), params = { down_for: '1s' }): Promise<string> =>
    (await failover(world, { params }).prepare()).fingerprint;
  const later = lost('killed', { load: 50 });
  await later.time.sleep(5000);
  expect(await name()).toMatch(/^[0-9a-f]{6}$/);
  expect(await name(later)).toBe(await name());
  expect(await name(lost('killed', { load: 50 }), { down_for: '2s' })).not.toBe(await name());
  expect(await name(lost('frozen', { load: 50 }))).not.toBe(await name());
  expect(await name(lost('killed', { settings: { synchronous_standby_names: '*' } }))).not.toBe(await name());
});

test('a step is tried again as often as it says, and its receipts are told apart', async () => {
  let runs = 0;
  const programs = () => {
    runs += 1;
    return { code: runs < 3 ? 1 : 0, stdout: '', stderr: 'not yet' };
  };
  const yaml = (retry: number) =>
    `  - { id: odd, action: command, with: { node: primary, argv: [odd], effect: final }, retry: ${String(retry)} }\n`;
  const stage = steps(healthy({ programs }), yaml(2));
  const { end, events } = await stage.start();
  expect(end?.exit).toBe(0);
  expect(events.flatMap(event => (event.e === 'began' ? [event.job] : []))).toEqual(['odd.0', 'odd.0~2', 'odd.0~3']);
  runs = 0;
  expect((await steps(healthy({ programs }), yaml(1)).start()).end?.exit).toBe(10);
});
