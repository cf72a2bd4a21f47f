// The site's own commands: one that cuts a lost primary off vouches for it, as an operator would with --accept-unfenced.

import { expect, test } from 'vitest';
import { seconds } from '../../../src/time.ts';
import { failover, lost, refused, stepIn } from './support.ts';

const fence = { command: ['/usr/local/bin/power', 'off', '{node}', '{host}'], within: seconds(30) };
const accepted = { options: { acceptLoss: 'unknown' as const } };

test('a host that is gone is cut off by the fence command, shown with its values, and counts as off from then on', async () => {
  const world = lost('host-gone');
  Object.assign(world.cluster, { hooks: { fence, moved: undefined } });
  const stage = failover(world, accepted);
  const plan = await stage.prepare();
  expect(refused(stage, plan)).toEqual([]);
  const argv = ['/usr/local/bin/power', 'off', 'node1', '172.16.3.101'];
  expect(stepIn(plan, 'cut-off').ways[0]?.ops[0]?.op.do).toMatchObject({ op: 'exec', tries: [{ argv }] });
  const { end, events } = await stage.start();
  expect(end).toMatchObject({ exit: 0 });
  expect(events).toContainEqual(
    expect.objectContaining({ e: 'told', on: 'node1', by: 'the fence command of the inventory' }),
  );
  expect(world.promotions).toEqual(['node2']);
});

test('without one, somebody has to say so', async () => {
  const stage = failover(lost('host-gone'), accepted);
  expect(refused(stage, await stage.prepare())).toContain('fence: stopped node1 (silent)');
});

test('a host that answers is not cut off: its disk is still needed', async () => {
  const world = lost('killed');
  Object.assign(world.cluster, { hooks: { fence, moved: undefined } });
  const stage = failover(world);
  expect(stepIn(await stage.prepare(), 'cut-off').happens).toBe(false);
  expect((await stage.start()).end).toMatchObject({ exit: 0 });
});
