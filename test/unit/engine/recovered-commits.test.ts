// A restored primary whose configuration names synchronous standbys: none of them is there yet, and no commit may wait for one.

import { expect, test } from 'vitest';
import { readBook } from '../../interruption/support/books.ts';
import { scenarios } from '../../interruption/support/scenarios.ts';
import { Stage } from '../../interruption/support/stage.ts';

const name = 'synchronous_standby_names';

test.each(['pitr', 'restore-physical'])(
  '%s: they wait for nobody until the standby streams, then as before',
  async book => {
    const { world: make, params = {}, bind = {}, options = {} } = scenarios[book]![0]!;
    const world = make();
    const node = world.node('node1');
    for (const settings of [node.settings, node.written, node.configured as Map<string, string>])
      settings.set(name, '*');
    const { end } = await new Stage(world, { book: readBook(book), params, bind, options }).start();
    expect(end, end?.why).toMatchObject({ exit: 0 });
    expect(node.settings.get(name)).toBe('*');
  },
);
