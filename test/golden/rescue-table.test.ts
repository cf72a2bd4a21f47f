// The dry run of one table's way back: by way of a standby, on the only node, and with every reason against it at once.
import { expect, test } from 'vitest';
import { checks } from '../../src/checks/index.ts';
import { memoryWorld, type World } from '../../src/drivers/memory.ts';
import { planText } from '../../src/report/plan-text.ts';
import { readBook } from '../interruption/support/books.ts';
import { scenarios } from '../interruption/support/scenarios.ts';
import { Stage } from '../interruption/support/stage.ts';
import { expectGolden } from './golden.ts';

const params = { to_xid: '742', exclusive: 'true', database: 'app', table: 'app.orders' };

async function dryRun(world: World, wanted: Readonly<Record<string, string>> = params): Promise<string> {
  const plan = await new Stage(world, { book: readBook('rescue-table'), params: wanted }).prepare();
  const text = planText(plan, { checks, command: 'lifeboat run rescue-table' }, { width: 120, colour: false });
  // It is another with each word of a shell text, which stands in no dry run.
  return text.replace(/--plan \w{6}/, '--plan ……');
}

const [byStandby, alone] = scenarios['rescue-table']!.map(({ world }) => world);

test('by way of a standby: nothing is moved, nothing is lost, and everything can be taken back', async () => {
  const text = await dryRun(byStandby!());
  expect(text).not.toMatch(/commit point|Lost at most|\bmove /);
  expectGolden('plan-rescue-table-120', text);
});

test('on the only node: nothing is carried', async () => {
  const text = await dryRun(alone!());
  expect(text).toContain('sandbox = node1');
  expect(text).not.toMatch(/\bcarry /);
});

test('a target that is none, no repository, and a name that is taken: every reason at once', async () => {
  const world = memoryWorld({ nodes: ['node1', 'node2'] });
  world.node('node1').files.set('/disk1/data/base/copy', { text: '' });
  const text = await dryRun(world, { ...params, to_xid: '', to_time: '2026-11-21 16:45:04' });
  expect(text).toMatch(/has no time zone/);
  expect(text).toMatch(/has no repository/);
  expect(text).toMatch(/something of that name is there/);
  expectGolden('plan-rescue-table-refused-120', text);
});

test.each([
  ['no name of a table', { table: 'app.orders.rows' }],
  ['lies in the schema "rescued" itself', { table: 'rescued.orders' }],
])('before anything is looked at: %s', async (said, more) => {
  await expect(dryRun(byStandby!(), { ...params, ...more })).rejects.toThrow(said);
});
