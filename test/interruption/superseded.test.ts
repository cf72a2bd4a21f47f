// Checking on resume what a later step has rightly undone blocks a good resume: the sweep finds it.

import { expect, test, vi } from 'vitest';
import type { Stop } from '../../src/engine/end.ts';
import { complaint, holds, type Running } from '../../src/engine/running.ts';
import { scenarios } from './support/scenarios.ts';
import { afterEvery, sweep, uninterrupted } from './support/sweep.ts';

vi.mock('../../src/engine/standing.ts', () => ({ standing: everythingEverPromised }));

/** All that finished steps promised about facts, whatever came after them. */
async function everythingEverPromised(running: Running): Promise<Stop | null> {
  const done = running.state.plan.steps.filter(({ id }) => running.state.of.get(id)?.is === 'done');
  const promised = done.flatMap(({ promise }) => promise).filter(({ check }) => check !== 'log');
  const fallen = (await running.prove(promised, running.look())).find(one => !holds(one));
  return fallen ? { is: 'refused', why: complaint(fallen) } : null;
}

test.each(['fence-and-return', 'failover'])('%s can no longer be resumed everywhere', async book => {
  const [scenario] = scenarios[book]!;
  const { events, state } = await uninterrupted(book, scenario!);
  // The last third: by then a later step has had its turn.
  const cases = afterEvery(events, 'whole').slice(Math.floor((events.length * 2) / 3));
  const wrong = await sweep(book, scenario!, cases, state);
  const words =
    book === 'failover' ? /node2 has replayed all the WAL/ : /no process of the data directory is left on node1/;
  expect(wrong).toContainEqual(expect.stringMatching(words));
});
