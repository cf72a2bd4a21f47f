// A logical backup and the way back from it, as their dry runs show them.
import { describe, test } from 'vitest';
import { checks } from '../../src/checks/index.ts';
import { keepDump, memoryWorld, type World } from '../../src/drivers/memory.ts';
import { planText } from '../../src/report/plan-text.ts';
import { readBook } from '../interruption/support/books.ts';
import { Stage, type Wanted } from '../interruption/support/stage.ts';
import { expectGolden } from './golden.ts';

const from = '/disk3/backup/20261120/logical';

async function dryRun(world: World, wanted: Omit<Wanted, 'book'> & { readonly book: string }): Promise<string> {
  const plan = await new Stage(world, { ...wanted, book: readBook(wanted.book) }).prepare();
  const text = planText(plan, { checks, command: `lifeboat run ${wanted.book}` }, { width: 120, colour: false });
  // It is another with each word of a shell text, which stands in no dry run.
  return text.replace(/--plan \w{6}/, '--plan ……');
}

describe('a dry run', () => {
  test('of a backup of the standby', async () => {
    const world = memoryWorld({ nodes: ['node1', 'node2'] });
    const text = await dryRun(world, { book: 'backup-logical', bind: { node: 'node2' }, params: { jobs: 2 } });
    expectGolden('plan-backup-logical-120', text);
  });

  test('of a restore: what is left of the data is moved aside', async () => {
    const world = memoryWorld({ nodes: ['node1', 'node2'] });
    keepDump(world.node('node1'), from);
    world.lose('node1', 'crashed');
    expectGolden('plan-restore-logical-120', await dryRun(world, { book: 'restore-logical', params: { from } }));
  });

  test('of a restore over a server that runs, from a backup that is not there', async () => {
    const world = memoryWorld({ nodes: ['node1', 'node2'] });
    const text = await dryRun(world, { book: 'restore-logical', params: { from: '/nowhere' } });
    expectGolden('plan-restore-logical-refused-120', text);
  });
});
