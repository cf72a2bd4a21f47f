// Who accepts a loss beforehand: `--yes` within the budget, `--accept-loss` up to its size, and only `unknown` the unknown.

import { expect, test } from 'vitest';
import { ScriptedPerson } from '../../../src/drivers/memory.ts';
import { acceptance, accepts } from '../../../src/engine/gate.ts';
import { bytes, ms } from '../../../src/time.ts';
import { failover, lost, stepIn } from './support.ts';

const MB = 1024 * 1024;

test.each([
  // loss, budget, --yes, --accept-loss → verdict
  [0, 0, true, null, 'yes'],
  [0, 0, false, null, 'not asked'],
  [null, 0, true, null, 'yes'],
  [1, 0, true, null, 'too much'],
  [1, 0, false, null, 'too much'],
  [5 * MB, 16 * MB, true, null, 'yes'],
  [17 * MB, 16 * MB, true, null, 'too much'],
  [12 * MB, 0, false, 12 * MB, 'yes'],
  [12 * MB + 1, 0, true, 12 * MB, 'too much'],
  ['unknown', 999 * MB, true, null, 'too much'],
  ['unknown', 0, true, 999 * MB, 'too much'],
  ['unknown', 0, false, 'unknown', 'yes'],
  [12 * MB, 0, false, 'unknown', 'yes'],
] as const)('a loss of %s, budget %s, yes %s, accepted %s: %s', (size, budget, yes, acceptLoss, expected) => {
  const loss = size === null ? null : { bytes: size === 'unknown' ? size : bytes(size), time: ms(0), from: [] };
  expect(accepts(loss, bytes(budget), { yes, acceptLoss })).toBe(expected);
});

test('what must be typed is what the option takes', () => {
  expect(acceptance({ bytes: 'unknown', time: 'unknown', from: [] })).toBe('unknown');
  expect(acceptance({ bytes: bytes(12 * MB), time: ms(0), from: [] })).toBe('12MB');
});

test('at the gate nobody answers, somebody says no, somebody types the loss', async () => {
  const gone = { unfenced: ['node1'] };
  const nobody = failover(lost('host-gone'), gone);
  expect((await nobody.start()).end).toMatchObject({
    exit: 20,
    hint: expect.stringContaining('--accept-loss unknown'),
  });
  expect(nobody.world.promotions).toEqual([]);

  const no = new ScriptedPerson(['yes']);
  expect((await nobody.resume({ person: no })).end).toMatchObject({
    exit: 4,
    why: expect.stringContaining('not "unknown"'),
  });
  expect(no.asked[0]).toContain('lost at most: unknown bytes');

  expect((await nobody.resume({ person: new ScriptedPerson([null]) })).end?.exit).toBe(130);
  expect((await nobody.resume({ person: new ScriptedPerson(['unknown']) })).end?.exit).toBe(0);
  expect(nobody.world.promotions).toEqual(['node2']);
});

test('a pg_wal that cannot be read after the fence: a way that was shown, and a loss that must be accepted as unknown', async () => {
  const wanted = failover(lost('crashed'));
  const plan = await wanted.prepare();
  const { ways, promise } = stepIn(plan, 'salvage');
  expect(ways.map(({ name }) => name)).toEqual(['bring', 'nothing', 'leave']);
  expect(ways[2]).toMatchObject({
    ops: [],
    promise: [],
    when: 'the WAL of node1 cannot be read',
  });
  expect(promise.map(({ check }) => check)).toEqual(['caught-up']);
  expect(plan.steps[plan.commit ?? -1]?.loss).toMatchObject({
    bytes: 0,
    from: [
      expect.stringContaining('after salvage'),
      expect.stringMatching(/^unless the WAL of node1 cannot be read: .* --accept-loss unknown$/),
    ],
  });

  wanted.world.node('node1').wal.clear();
  const { end } = await wanted.start();
  expect(end).toMatchObject({ exit: 20, why: expect.stringContaining('the WAL of node1 cannot be read') });
  expect(end?.hint).toContain('--accept-loss unknown');
  expect((await wanted.events()).filter(({ e }) => e === 'way')).toContainEqual(
    expect.objectContaining({ step: 'salvage', way: 'leave' }),
  );
  expect(wanted.world.promotions).toEqual([]);
  expect((await wanted.resume({}, { acceptLoss: bytes(999 * MB) })).end?.exit).toBe(20);
  expect((await wanted.resume({ person: new ScriptedPerson(['unknown']) })).end?.exit).toBe(0);
  expect(wanted.world.promotions).toEqual(['node2']);

  const accepted = failover(lost('crashed'), { options: { acceptLoss: 'unknown' } });
  await accepted.prepare();
  accepted.world.node('node1').wal.clear();
  expect((await accepted.start()).end?.exit).toBe(0);
});

test('a host that falls silent after the fence is asked again: what it has could still be brought', async () => {
  const stage = failover(lost('crashed'), { options: { acceptLoss: 'unknown' } });
  await stage.prepare();
  const append = stage.ledger.append.bind(stage.ledger);
  stage.ledger.append = (line, durable) => {
    const { e, step } = JSON.parse(line) as { e: string; step?: string };
    if (e === 'done' && step === 'guard') stage.world.node('node1').reachable = false;
    return append(line, durable);
  };
  expect((await stage.start()).end).toMatchObject({ exit: 11, why: expect.stringContaining('out-of-reach') });
  stage.world.node('node1').reachable = true;
  expect((await stage.resume()).end?.exit).toBe(0);
});
