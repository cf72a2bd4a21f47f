// What an exit code promises: below 10 nothing was changed, 10 and 11 differ by whether anybody can write, 12 is unknown.

import { expect, test } from 'vitest';
import { failover, healthy, lost, steps } from './support.ts';

const told = { unfenced: ['node1'], options: { acceptLoss: 'unknown' as const } };

test('refused before any change: 4', async () => {
  const stage = failover(healthy());
  expect((await stage.start()).end).toMatchObject({ exit: 4, why: expect.stringContaining('really-down: node1') });
  expect(stage.world.history).toEqual([]);
});

test('a needed node that is out of reach before any change: 5', async () => {
  const stage = failover(lost('host-gone'));
  expect((await stage.start()).end?.exit).toBe(5);
  expect(stage.world.history).toEqual([]);
});

test('failed after a change, a writable primary exists: 10', async () => {
  const stage = steps(
    healthy(),
    '  - { id: down, action: stop, with: { node: standby } }\n  - { id: odd, action: command, with: { node: primary, argv: [nowhere], effect: reads } }\n',
  );
  expect((await stage.start()).end).toMatchObject({ exit: 10, why: expect.stringContaining('exit code 127') });
});

test('failed after a change, nobody can write: 11', async () => {
  const stage = steps(
    healthy(),
    '  - { id: down, action: stop, with: { node: primary } }\n  - { id: odd, action: command, with: { node: primary, argv: [nowhere], effect: reads } }\n',
  );
  expect((await stage.start()).end?.exit).toBe(11);
});

test('cut off, and the host does not answer any more: 12, and resumable once it does', async () => {
  const world = lost('host-gone');
  const stage = failover(world, told);
  await stage.prepare();
  const executed = world.executed.bind(world);
  world.executed = what => {
    executed(what);
    if (what.what.endsWith('promote')) world.node('node2').reachable = false;
  };
  const { end } = await stage.start({ interruption: { command: 0, point: 'started', dies: 'connection' } });
  expect(end).toMatchObject({ exit: 12, why: expect.stringContaining('what became of it is not known') });
  world.node('node2').reachable = true;
  expect((await stage.resume()).end?.exit).toBe(0);
  expect(world.promotions).toEqual(['node2']);
});

test('a run that has ended well is not resumed', async () => {
  const stage = failover(lost('killed'));
  expect((await stage.start()).end?.exit).toBe(0);
  await expect(stage.resume()).rejects.toMatchObject({ exit: 4, message: expect.stringContaining('ended well') });
});
