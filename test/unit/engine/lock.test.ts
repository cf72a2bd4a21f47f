// One run per cluster: who comes second is told who was first, and who was given up is refused on the host.

import { processIn } from '../../../src/drivers/memory.ts';
import { expect, test } from 'vitest';
import { RunLock, staleAfter } from '../../../src/engine/lock.ts';
import { failover, lost } from './support.ts';
import { type Stage } from '../../interruption/support/stage.ts';

const named = (stage: Stage, run: string): Stage => Object.assign(stage, { run });

test('two runs at once, each with a journal of its own: the second exits 6 and names the first', async () => {
  const world = lost('killed');
  const first = failover(world);
  await first.prepare();
  const nodes = world.nodes.map(({ name }) => name);
  const lock = await RunLock.take(processIn(world, { owner: 'bob@laptop' }).site, nodes, {
    run: 'failover-0',
    book: 'failover',
    former: null,
    takeOver: false,
  });
  await expect(first.start()).rejects.toMatchObject({
    exit: 6,
    message: expect.stringMatching(/bob@laptop \(pid 4711\) runs "failover" as failover-0/),
    hint: expect.stringContaining('wait for it'),
  });
  await lock.release();
  expect((await first.start()).end?.exit).toBe(0);
  expect(world.promotions).toEqual(['node2']);
});

test('a lock whose holder is gone is explained, and replaced only when the operator says so', async () => {
  const world = lost('killed');
  const dead = failover(world);
  await dead.start({ interruption: { command: 0, point: 'before', dies: 'process' } });
  await world.time.sleep(staleAfter + 1);

  const next = named(failover(world), 'failover-2');
  await expect(next.start()).rejects.toMatchObject({ exit: 6, hint: expect.stringContaining('--take-over-lock') });
  expect((await next.start({ takeOver: true })).end?.exit).toBe(0);
});

test('a lock that still beats is not taken over, whatever the operator says', async () => {
  const world = lost('killed');
  const nodes = world.nodes.map(({ name }) => name);
  const held = { run: 'failover-0', book: 'failover', former: null, takeOver: false };
  const lock = await RunLock.take(processIn(world).site, nodes, held);
  await world.time.sleep(staleAfter * 3);
  const taken = RunLock.take(processIn(world).site, nodes, { ...held, run: 'failover-2', takeOver: true });
  await expect(taken).rejects.toMatchObject({ code: 'locked' });
  await lock.release();
});

test('the lock taken over while the first run slept: its next op is refused on the host', async () => {
  const world = lost('killed');
  const slept = failover(world);
  await slept.prepare();
  const takes = world.time.sleep(500).then(() => {
    for (const node of world.nodes)
      if (node.lock) node.lock = { ...node.lock, token: 'failover-2-r9', run: 'failover-2' };
  });
  const { end } = await slept.start();
  await takes;
  expect(end).toMatchObject({ exit: 4, why: expect.stringContaining('lock is failover-2-r9, expected failover-1-') });
  expect(world.history).toEqual([]);
  // What is not ours any more is not unlocked either.
  expect(world.node('node2').lock?.run).toBe('failover-2');
});

test('a run that was killed before it could journal its token gets its own lock back', async () => {
  const stage = failover(lost('killed'));
  const first = await stage.start({ cut: { after: 1, leaves: 'whole' } });
  expect(first.events).toEqual([]);
  expect(stage.world.node('node2').lock?.run).toBe('failover-1');
  expect((await stage.resume()).end?.exit).toBe(0);
});
