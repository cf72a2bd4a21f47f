// Who accepts a loss beforehand: `--yes` within the budget, `--accept-loss` up to its size, and only `unknown` the unknown.

import { expect, test } from 'vitest';
import { ScriptedPerson } from '../../../src/drivers/memory.ts';
import { acceptance, accepts } from '../../../src/engine/gate.ts';
import { bytes, ms } from '../../../src/time.ts';
import { failover, lost } from './support.ts';

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
