// Among several standbys: which becomes the primary, and why, and whom its commits wait for then.

import { describe, expect, test } from 'vitest';
import { type Candidate, choose } from '../../../src/engine/candidate.ts';
import { bindRoles } from '../../../src/engine/roles.ts';
import { actions } from '../../../src/actions/index.ts';
import { checks } from '../../../src/checks/index.ts';
import { Assumptions, forecast } from '../../../src/engine/forecast.ts';
import { memoryWorld, type World } from '../../../src/drivers/memory.ts';
import type { NodeName } from '../../../src/ports.ts';
import { bytes, ms } from '../../../src/time.ts';
import { lookAt } from '../../interruption/support/stage.ts';
import { failover, lost, refused, stepIn, steps } from './support.ts';

const MB = 1024 * 1024;

const candidate = (name: string, over: Partial<Candidate> = {}): Candidate => ({
  name: name as NodeName,
  timeline: 2,
  paused: false,
  delay: ms(0),
  behind: bytes(0),
  priority: 1,
  cascaded: false,
  ...over,
});

describe('the choice', () => {
  test.each<[string, Candidate[], string, string | undefined]>([
    ['no choice at all', [candidate('a')], 'a', undefined],
    ['the first in the inventory', [candidate('a'), candidate('b')], 'a', 'before b in the inventory'],
    [
      'timeline before everything',
      [candidate('a', { timeline: 1, priority: 9 }), candidate('b', { paused: true, behind: bytes(MB) })],
      'b',
      'a is on timeline 1, not 2',
    ],
    [
      'not paused',
      [candidate('a', { paused: true }), candidate('b', { behind: bytes(MB) })],
      'b',
      'replay is paused on a',
    ],
    [
      'not delayed',
      [candidate('a', { delay: ms(3_600_000) }), candidate('b', { behind: bytes(MB) })],
      'b',
      'a replays 1 h late on purpose',
    ],
    [
      'most received before priority',
      [candidate('a', { behind: bytes(4 * MB), priority: 9 }), candidate('b')],
      'b',
      'received 4 MB more than a',
    ],
    [
      'priority before place',
      [candidate('a', { cascaded: false }), candidate('b', { priority: 5, cascaded: true })],
      'b',
      'priority 5, a has 1',
    ],
    [
      'direct before a cascade',
      [candidate('a', { cascaded: true }), candidate('b')],
      'b',
      'a streams from another standby',
    ],
    [
      'never one with priority 0',
      [
        candidate('a', { priority: 0 }),
        candidate('b', { behind: bytes(MB) }),
        candidate('c', { behind: bytes(3 * MB) }),
      ],
      'b',
      'received 2 MB more than c; a has priority 0',
    ],
  ])('%s', (_name, all, node, why) => {
    expect(choose(all)).toEqual({ node, why });
  });

  test('nobody where all have priority 0', () => {
    expect(choose([candidate('a', { priority: 0 })])).toBeUndefined();
  });
});

const three = { nodes: ['node1', 'node2', 'node3'] };

function ahead(world: World, name: string, by: number): World {
  const node = world.node(name);
  node.wal.get(1)!.end = (node.wal.get(1)!.end + BigInt(by)) as never;
  node.received = node.wal.get(1)!.end;
  return world;
}

test('a plan shows whom it chose and why', async () => {
  const plan = await failover(ahead(lost('crashed', { ...three, unsent: 8 * MB }), 'node3', 4 * MB)).prepare();
  expect(plan.roles).toEqual({ primary: 'node1', standby: 'node3' });
  const view = plan.views.find(({ role }) => role === 'standby');
  expect(view?.words).toMatch(/ · chosen: received 4 MB more than node2$/);
  expect(plan.views.find(({ node }) => node === 'node1')?.words).not.toContain('chosen');
});

test('while a primary writes, less than a segment is no lead', async () => {
  const chosen = async (by: number) => {
    const world = ahead(lost('crashed', three), 'node3', by);
    world.node('node1').server = { pid: 1, started: 1, frozen: false, accepting: true };
    return (await bindRoles(['primary', 'standby'], lookAt(world), {})).roles['standby'];
  };
  expect(await chosen(16 * MB)).toBe('node2');
  expect(await chosen(16 * MB + 1)).toBe('node3');
});

test('priority 0 is refused, and bound all the same where the operator says so', async () => {
  const world = lost('crashed');
  Object.assign(world.cluster.nodes[1]!, { priority: 0 });
  await expect(failover(world).prepare()).rejects.toMatchObject({
    message: 'no standby may be chosen: priority 0 stands for node2',
    hint: 'say which it shall be: --bind standby=node2',
  });
  expect((await failover(world, { bind: { standby: 'node2' } }).prepare()).roles['standby']).toBe('node2');
});

describe('the commits of the new primary', () => {
  const release = async (names: string, prepare: (world: World) => void = () => undefined) => {
    const world = lost('crashed', { ...three, settings: { synchronous_standby_names: names } });
    prepare(world);
    const stage = failover(world);
    const plan = await stage.prepare();
    expect(refused(stage, plan)).toEqual([]);
    const { ways, why } = stepIn(plan, 'release-commits');
    const [op] = ways[0]!.ops;
    const set = op?.op.do.op === 'sql' ? op.op.do.statements[0]!.text : undefined;
    return { set, why: op?.op.why ?? why };
  };
  /** node3 streams from node2. */
  const cascade = (world: World): void => {
    world.node('node3').settings.set('primary_conninfo', 'host=172.16.3.102 port=5432');
  };

  test('wait for nobody who follows the lost one', async () => {
    expect(await release('ANY 1 (node1, node3)')).toEqual({
      set: "ALTER SYSTEM SET synchronous_standby_names = ''",
      why: 'node1 and node3 do not follow node2: every commit would hang',
    });
    expect(await release('*')).toEqual({
      set: "ALTER SYSTEM SET synchronous_standby_names = ''",
      why: 'node1 and node3 do not follow node2: every commit would hang',
    });
  });

  test('go on waiting for those who are left', async () => {
    expect(await release('ANY 2 (node1, node3)', cascade)).toEqual({
      set: `ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 ("node3")'`,
      why: 'node1 does not follow node2; those left keep up the guarantee',
    });
  });

  test('nothing is done where nobody is missing', async () => {
    expect(await release('')).toEqual({ set: undefined, why: 'commits wait for nobody' });
    expect(await release('FIRST 1 (node3)', cascade)).toEqual({ set: undefined, why: 'commits wait for node3' });
  });

  const planned = async (world: World, names: string, assumed = new Assumptions()) =>
    actions.get('synchronous-standbys')!.plan({ node: 'node1', names }, forecast(lookAt(world), assumed));
  const files = (text: string, force = ''): World =>
    memoryWorld({
      ...three,
      settings: { synchronous_standby_names: force },
      answers: (_node, sql) =>
        sql.includes('sourcefile')
          ? { is: 'rows', rows: text === '' ? [] : [[text]], columns: [], notices: [] }
          : undefined,
    });

  test('as configured: those that are back count again, and nobody who is still away', async () => {
    const world = files('FIRST 2 (node2, node3)');
    expect(await planned(world, 'configured')).toMatchObject({
      way: 'set',
      do: { ops: [{ why: 'node2, node3 can answer again', done: [{ with: { is: 'FIRST 2 (node2, node3)' } }] }] },
    });
    world.lose('node3', 'crashed');
    expect(await planned(world, 'configured')).toMatchObject({
      do: { ops: [{ done: [{ with: { is: 'FIRST 1 ("node2")' } }] }] },
    });
    const back = files('FIRST 2 (node2, node3)', 'FIRST 2 (node2, node3)');
    expect(await planned(back, 'configured')).toMatchObject({ way: 'nothing', do: { ops: [] } });
    expect(await planned(files('', 'node2'), 'configured')).toMatchObject({ way: 'nothing', do: { ops: [] } });
  });

  test('decided later where an earlier step may change what they wait for', async () => {
    const world = files('', 'node2');
    const stage = steps(
      world,
      '  - { id: change, action: sql, with: { node: primary, statement: select 1, undo: free } }',
    );
    const assumed = new Assumptions();
    assumed.take(stepIn(await stage.prepare(), 'change'), checks);
    expect(await planned(world, 'configured', assumed)).toMatchObject({
      do: { after: 'change', oneOf: { set: { ops: [{ do: { op: 'sql' } }] }, nothing: { ops: [] } } },
      promise: [{ check: 'commits-flow', on: 'node1' }],
    });
  });
});

describe('a sandbox', () => {
  const role = async (world: World, given: Readonly<Record<string, NodeName>> = {}) =>
    (await bindRoles(['primary', 'sandbox'], lookAt(world), given)).roles['sandbox'];

  test('lies with a standby; where none answers, on the host of the primary', async () => {
    expect(await role(memoryWorld({ nodes: ['node1', 'node2'] }))).toBe('node2');
    expect(await role(memoryWorld({ nodes: ['node1'] }))).toBe('node1');
    const world = memoryWorld({ nodes: ['node1', 'node2'] });
    world.lose('node2', 'crashed');
    expect(await role(world)).toBe('node1');
  });

  test('may be bound to the node of another role', async () => {
    expect(await role(memoryWorld({ nodes: ['node1', 'node2'] }), { sandbox: 'node1' as NodeName })).toBe('node1');
  });
});
