// Wrong host is impossible: what answers at the moment of an op is held against what the plan saw, on the host itself.

import { describe, expect, test } from 'vitest';
import type { World } from '../../../src/drivers/memory.ts';
import { failover, healthy, lost, steps } from './support.ts';

const three = { nodes: ['node1', 'node2', 'node3'] };

describe('between plan and act, and the op is refused on the host, with nothing done', () => {
  const befalls: [string, (world: World) => void, RegExp][] = [
    [
      'the addresses of two standbys were exchanged',
      world => world.exchange('node2', 'node3'),
      /host key is SHA256:node3, expected SHA256:node2/,
    ],
    [
      'the server was restarted',
      world => {
        world.node('node2').server!.pid = 9999;
      },
      /postmaster is 9999@\d+, expected 4200@\d+/,
    ],
    [
      'another cluster answers there',
      world => {
        world.node('node2').systemId = '7000000000000000001';
      },
      /system identifier is 7000000000000000001, expected 7398712345678901234/,
    ],
    [
      'it is on another timeline',
      world => {
        world.node('node2').timeline = 7;
      },
      /timeline is 7, expected 1/,
    ],
  ];

  test.each(befalls)('%s', async (_, befall, expected) => {
    const world = lost('host-gone', three);
    const stage = failover(world, {
      bind: { primary: 'node1', standby: 'node2' },
      unfenced: ['node1'],
      options: { acceptLoss: 'unknown' },
    });
    await stage.prepare();
    befall(world);
    const { end } = await stage.start();
    expect(end).toMatchObject({ exit: 4, why: expect.stringMatching(expected) });
    expect(world.history).toEqual([]);
  });

  test('a stopped server whose disk was exchanged with another stopped one', async () => {
    const world = healthy(three);
    for (const name of ['node2', 'node3']) Object.assign(world.node(name), { server: null, sessions: 0, clean: true });
    const stage = steps(world, '  - { id: back, action: start, with: { node: standby } }\n', {
      bind: { primary: 'node1', standby: 'node2' },
    });
    await stage.prepare();
    world.exchange('node2', 'node3');
    expect((await stage.start()).end).toMatchObject({
      exit: 4,
      why: expect.stringContaining('host key is SHA256:node3'),
    });
    expect(world.history).toEqual([]);
  });
});

test('after an earlier change the same refusal is no longer below 10', async () => {
  const world = lost('killed', three);
  const stage = failover(world, { bind: { primary: 'node1', standby: 'node2' } });
  await stage.prepare();
  world.node('node2').server!.pid = 9999;
  expect((await stage.start()).end).toMatchObject({ exit: 11, why: expect.stringContaining('postmaster is 9999') });
  expect(world.promotions).toEqual([]);
});

test('a statement held back after the first of its op was done counts as a change', async () => {
  const world = healthy();
  world.node('node2').settings.set('restore_command', 'cp /disk3/archive/%f "%p"');
  const stage = steps(world, "  - { id: detach, action: restore-command, with: { node: standby, command: '' } }\n");
  await stage.prepare();
  const before = world.executed.bind(world);
  world.executed = what => {
    before(what);
    if (what.what.startsWith('ALTER SYSTEM')) world.node('node2').server!.pid = 9999;
  };
  expect((await stage.start()).end).toMatchObject({ exit: 10, why: expect.stringContaining('half done') });
});
