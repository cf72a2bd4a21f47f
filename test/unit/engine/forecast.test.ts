// What a plan takes for granted: promised, later and silent are three different things.

import { expect, test } from 'vitest';
import { lookAt } from '../../interruption/support/stage.ts';
import { Assumptions, forecast } from '../../../src/engine/forecast.ts';
import { checks } from '../../../src/checks/index.ts';
import type { NodeName } from '../../../src/ports.ts';
import { failover, healthy, lost, refused, stepIn } from './support.ts';

const [node1, node2] = ['node1', 'node2'] as [NodeName, NodeName];

test('a fence promises that nothing is left, and what it may change beside that is known later', async () => {
  const world = lost('killed');
  const plan = await failover(world).prepare();
  const assumed = new Assumptions();
  assumed.take(stepIn(plan, 'fence'), checks);
  const look = forecast(lookAt(world), assumed);
  expect(await look.fact(node1, 'processes')).toMatchObject({ is: 'promised', value: 0, by: 'fence' });
  expect(await look.fact(node1, 'role')).toMatchObject({ is: 'promised', value: 'down' });
  expect(await look.fact(node1, 'timeline')).toEqual({ is: 'later', after: 'fence' });
  expect(await look.path(node1, '/disk1/data')).toEqual({ is: 'later', after: 'fence' });
  // Who a machine is, no step changes; and the other node is as it was.
  expect(await look.fact(node1, 'hostKey')).toMatchObject({ is: 'seen', value: 'SHA256:node1' });
  expect(await look.fact(node2, 'role')).toMatchObject({ is: 'seen', value: 'standby' });
});

test('a promotion that follows takes the fence for granted and refuses nothing', async () => {
  const stage = failover(lost('killed'));
  const plan = await stage.prepare();
  expect(refused(stage, plan)).toEqual([]);
  expect(stepIn(plan, 'promote').needs.map(({ verdict }) => verdict.is)).toContain('later');
  expect(plan.steps[plan.commit!]!.id).toBe('promote');
  expect(stepIn(plan, 'prove').ways[0]!.ops[0]!.guard).toMatchObject({
    role: 'primary',
    timeline: { hole: 'timeline', after: 'promote' },
  });
});

test('a rival that does not answer counts as a primary, until the operator says in so many words that it is off', async () => {
  const silent = failover(lost('host-gone'));
  expect(refused(silent, await silent.prepare())).toEqual(['fence: stopped node1 (silent)']);
  const told = failover(lost('host-gone'), { unfenced: ['node1'] });
  const plan = await told.prepare();
  expect(refused(told, plan)).toEqual([]);
  expect(stepIn(plan, 'fence').why).toBe('told by alice@desk that it is off');
});

test('a third node that does not answer is a rival too', async () => {
  const world = lost('killed', { nodes: ['node1', 'node2', 'node3'] });
  world.node('node3').reachable = false;
  const stage = failover(world, { bind: { primary: 'node1', standby: 'node2' } });
  expect(refused(stage, await stage.prepare())).toEqual(['promote: role node3 (silent)']);
});

test('what was only told bounds no loss: nobody has seen the lost primary stop', async () => {
  const world = lost('host-gone');
  world.node('node2').lastTransaction = world.now();
  const plan = await failover(world, { unfenced: ['node1'] }).prepare();
  expect(stepIn(plan, 'promote').loss).toMatchObject({ bytes: 'unknown', time: 'unknown' });
});

test('a healthy cluster: every refusal at once, each with its host and rule', async () => {
  const world = healthy();
  world.node('node2').paused = true;
  const stage = failover(world);
  expect(refused(stage, await stage.prepare())).toEqual([
    'really-down: ready node1 (fails)',
    'promote: replaying node2 (fails)',
  ]);
  expect(world.history).toEqual([]);
});

test('one witness is not enough: what another node hears counts', async () => {
  const world = healthy();
  world.deafen('here', 'node1');
  const stage = failover(world, { bind: { primary: 'node1', standby: 'node2' }, unfenced: ['node1'] });
  expect(refused(stage, await stage.prepare())).toContain('really-down: ready node1 (fails)');
});
