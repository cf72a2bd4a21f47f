// What a person carries out by hand where ops are shell texts: each stands whole, to be pasted, its arguments before it.
import { test } from 'vitest';
import { checks } from '../../src/checks/index.ts';
import { memoryWorld } from '../../src/drivers/memory.ts';
import { paper } from '../../src/report/paper.ts';
import { readBook } from '../interruption/support/books.ts';
import { Stage } from '../interruption/support/stage.ts';
import { expectGolden } from './golden.ts';

test('a switchover on paper: what to paste, what to see, and what to take back where it is not seen', async () => {
  const world = memoryWorld({ nodes: ['node1', 'node2'] });
  const plan = await new Stage(world, { book: readBook('switchover') }).prepare();
  const text = paper(plan, { checks, cluster: world.cluster }, { width: 80, colour: false });
  expectGolden('paper-switchover', text);
});
