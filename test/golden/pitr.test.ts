// The dry run of a way back to before a mistake: where all WAL up to it is kept, where only the primary has it, and where nothing leads there.
import { expect, test } from 'vitest';
import { checks } from '../../src/checks/index.ts';
import { memoryWorld } from '../../src/drivers/memory.ts';
import { planText } from '../../src/report/plan-text.ts';
import { readBook } from '../interruption/support/books.ts';
import { scenarios } from '../interruption/support/scenarios.ts';
import { Stage } from '../interruption/support/stage.ts';
import { expectGolden } from './golden.ts';

const params = { to_xid: '742', exclusive: 'true' };

async function dryRun(world: ReturnType<typeof memoryWorld>, wanted: Readonly<Record<string, string>> = params) {
  const plan = await new Stage(world, { book: readBook('pitr'), params: wanted }).prepare();
  return planText(plan, { checks, command: 'lifeboat run pitr' }, { width: 120, colour: false });
}

test('all WAL up to the mistake is kept: the way is shown, and binds', async () => {
  const kept = scenarios['pitr']!.find(({ name }) => name.startsWith('all WAL'))!;
  const text = await dryRun(kept.world());
  expect(text).toContain('just before transaction 742');
  expectGolden('plan-pitr-120', text);
});

test('only the primary has it: what leads there is known after the rescue', async () => {
  const beyond = scenarios['pitr']!.find(({ name }) => name.startsWith('the mistake lies'))!;
  expectGolden('plan-pitr-later-120', await dryRun(beyond.world()));
});

test('a cluster without a repository, and a target that is none: every reason at once', async () => {
  const text = await dryRun(memoryWorld({ nodes: ['node1', 'node2'] }), { to_time: '2026-11-21 16:45:04' });
  expect(text).toMatch(/has no time zone/);
  expect(text).toMatch(/has no repository/);
  expectGolden('plan-pitr-refused-120', text);
});
