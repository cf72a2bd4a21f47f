// The world moves between plan and act: the run stops with the difference, and adds nothing.

import { describe, expect, test } from 'vitest';
import { isDown, type MemoryNode, type World } from '../../../src/drivers/memory.ts';
import { start } from '../../../src/drivers/memory/server.ts';
import { readBook } from '../../interruption/support/books.ts';
import { Stage } from '../../interruption/support/stage.ts';
import { failover, healthy, lost, refused, steps } from './support.ts';

test('a setting that was not there when the plan was shown is not taken out: that would be an op nobody saw', async () => {
  const world = lost('host-gone');
  const stage = failover(world, { unfenced: ['node1'], options: { acceptLoss: 'unknown' } });
  await stage.prepare();
  world.node('node2').settings.set('restore_command', 'cp /mnt/%f "%p"');
  const { end } = await stage.start();
  expect(end).toMatchObject({
    exit: 4,
    why: expect.stringMatching(
      /detach-archive is no longer what was shown: shown was nothing to do; now it would be node2 ALTER SYSTEM/,
    ),
  });
  expect(end?.hint).toContain('--dry-run');
  expect(world.history).toEqual([]);
});

test('a fence that finds the server gone already leaves its op out, and goes on', async () => {
  const world = lost('killed');
  const stage = failover(world);
  await stage.prepare();
  world.node('node1').sessions = 0;
  const { end, events } = await stage.start();
  expect(end?.exit).toBe(0);
  expect(events).toContainEqual(expect.objectContaining({ e: 'left-out', step: 'fence', n: 0 }));
  expect(world.history.some(({ what }) => what.endsWith('stop'))).toBe(false);
});

test('a third node promoted by somebody meanwhile stops the promotion', async () => {
  const world = lost('killed', { nodes: ['node1', 'node2', 'node3'] });
  const stage = failover(world, { bind: { primary: 'node1', standby: 'node2' } });
  await stage.prepare();
  Object.assign(world.node('node3'), { role: 'primary', timeline: 2 });
  const { end } = await stage.start();
  expect(end).toMatchObject({
    exit: 10,
    why: expect.stringMatching(/step promote: node3: .*expected standby or down, found primary/),
  });
  expect(world.promotions).toEqual([]);
});

test('so it does where the promotion was cut off before it was sent, and is resumed a day later', async () => {
  const world = lost('crashed', { nodes: ['node1', 'node2', 'node3'], unsent: 0 });
  const stage = failover(world, { bind: { primary: 'node1', standby: 'node2' } });
  const cut = await stage.start({ interruption: { command: 1, point: 'before', dies: 'process' } });
  expect(cut.events.at(-1)).toMatchObject({ e: 'began', step: 'promote' });
  Object.assign(world.node('node3'), { role: 'primary', timeline: 2 });
  await world.time.sleep(86_400_000);
  const { end } = await stage.resume();
  expect(end).toMatchObject({ exit: 10, why: expect.stringContaining('found primary') });
  expect(world.promotions).toEqual([]);
});

test('what a finished step made true and no longer is stops a resume: the old primary was started again', async () => {
  const world = lost('killed');
  const stage = failover(world);
  const after = (await dryEvents()).findIndex(event => event.e === 'done' && event.step === 'fence') + 1;
  await stage.start({ cut: { after, leaves: 'whole' } });
  Object.assign(world.node('node1'), {
    sessions: 6,
    server: { pid: 7000, started: 1, frozen: false, accepting: true },
  });
  const { end } = await stage.resume();
  expect(end).toMatchObject({ exit: 10, why: expect.stringContaining('what step fence had made true no longer is') });
  expect(world.promotions).toEqual([]);
});

const dryEvents = async () => (await failover(lost('killed')).start()).events;

test('a short file in the archive would end the only survivor at its promotion: the book takes it out of the way', async () => {
  const settings = { restore_command: 'cp /disk3/archive/%f "%p"' };
  const file = [
    '/disk3/archive/000000010000000000000005',
    { timeline: 1, upTo: 0x5000100n as never, short: true },
  ] as const;
  const told = { unfenced: ['node1'], options: { acceptLoss: 'unknown' as const } };
  const saved = failover(lost('host-gone', { settings }), told);
  saved.world.node('node2').files.set(...file);
  expect((await saved.start()).end?.exit).toBe(0);

  const bare = steps(
    lost('host-gone', { settings }),
    '  - { id: promote, action: promote, with: { node: standby, despite: restore-command } }\n',
    told,
  );
  bare.world.node('node2').files.set(...file);
  expect((await bare.start()).end?.exit).toBe(11);
});

test('a standby that a step before has stopped can be started beside its primary; a primary beside another cannot', async () => {
  const book = (role: string) =>
    `  - { id: down, action: stop, with: { node: ${role} } }\n  - { id: up, action: start, with: { node: ${role} } }\n`;
  const standby = steps(healthy(), book('standby'));
  expect(refused(standby, await standby.prepare())).toEqual([]);
  expect((await standby.start()).end?.exit).toBe(0);
  expect(standby.world.node('node2').role).toBe('standby');

  const unsafe = steps(healthy(), book('standby'));
  await unsafe.prepare();
  unsafe.world.node('node2').files.delete('/disk1/data/standby.signal');
  expect((await unsafe.start()).end).toMatchObject({ exit: 10, why: expect.stringContaining('found primary') });
  expect(unsafe.world.split).toBe(false);
});

/** A service manager that starts the server of a node in the moment when an op of a step is on its way. */
function managed(
  stage: Stage,
  name: string,
  began: { step: string; n: number },
  before: (node: MemoryNode) => unknown = () => undefined,
): void {
  const append = stage.ledger.append.bind(stage.ledger);
  stage.ledger.append = (line, durable) => {
    const event = JSON.parse(line) as { e: string; step?: string; n?: number };
    if (event.e === 'began' && event.step === began.step && event.n === began.n) {
      const node = stage.world.node(name);
      before(node);
      stage.world.effect(() => start(node, stage.world));
    }
    return append(line, durable);
  };
}

describe('somebody else is quicker by a moment', () => {
  const rejoin = () =>
    steps(afterFailover(), '  - { id: back, action: rejoin, with: { node: standby, primary: primary } }\n', {
      bind: { primary: 'node2', standby: 'node1' },
    });

  function afterFailover(): World {
    const world = lost('crashed', { unsent: 0 });
    world.node('node1').clean = true;
    world.promote('node2');
    return world;
  }

  test('a server that is started as the standby which it was to be is taken as started, in so many words', async () => {
    const stage = rejoin();
    managed(stage, 'node1', { step: 'back', n: 1 });
    expect((await stage.start()).end?.exit).toBe(0);
    const ended = (await stage.events()).find(event => event.e === 'ended' && event.step === 'back' && event.n === 1);
    expect(ended).toMatchObject({
      settled: true,
      outcome: {
        is: 'done',
        outputs: {
          settled: expect.stringMatching(
            /^somebody else started it, as postmaster \d+@\d+: node1 accepts connections, node1 role is standby$/,
          ),
        },
      },
    });
  });

  test('one that comes up as something else is not', async () => {
    const stage = rejoin();
    managed(stage, 'node1', { step: 'back', n: 1 }, node => node.files.delete('/disk1/data/standby.signal'));
    expect((await stage.start()).end).toMatchObject({
      exit: 10,
      why: expect.stringMatching(/held back on the host: postmaster is \d+@\d+, expected none/),
    });
  });

  test('nor is any other op that finds a postmaster where none was: it is held back as before', async () => {
    const stage = rejoin();
    await stage.prepare();
    managed(stage, 'node1', { step: 'back', n: 0 });
    expect((await stage.start()).end).toMatchObject({ exit: 4, why: expect.stringContaining('postmaster is') });
  });
});

test('a switchover beside a service manager that starts whatever is down: nothing starts in between', async () => {
  const stage = new Stage(healthy(), { book: readBook('switchover') });
  const append = stage.ledger.append.bind(stage.ledger);
  let attempts = 0;
  stage.ledger.append = (line, durable) => {
    const node = stage.world.node('node1');
    if (isDown(node)) stage.world.effect(() => (attempts += start(node, stage.world).code === 0 ? 0 : 1));
    return append(line, durable);
  };
  expect((await stage.start()).end?.exit).toBe(0);
  expect(attempts).toBeGreaterThan(5);
  expect(stage.world.split).toBe(false);
  expect(stage.world.promotions).toEqual(['node2']);
  expect(stage.world.node('node1')).toMatchObject({ role: 'standby', server: {} });
});
