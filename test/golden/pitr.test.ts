// The dry run of a way back to before a mistake: where all WAL up to it is kept, where only the primary has it, and where nothing leads there.
import { expect, test } from 'vitest';
import { checks } from '../../src/checks/index.ts';
import { memoryWorld, processIn } from '../../src/drivers/memory.ts';
import { planBook } from '../../src/engine/plan.ts';
import type { Keeping } from '../../src/repo/keeping.ts';
import { planNodeRestore } from '../../src/repo/node-restore.ts';
import { planText } from '../../src/report/plan-text.ts';
import { bytes } from '../../src/time.ts';
import { bound, readBook } from '../interruption/support/books.ts';
import { scenarios } from '../interruption/support/scenarios.ts';
import { lookAt, Stage } from '../interruption/support/stage.ts';
import { backup, contents, place, seen } from '../unit/repo/restore-support.ts';
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

test('whatever stands against it on the node and in the repository, all at once', async () => {
  const kept = scenarios['pitr']!.find(({ name }) => name.startsWith('all WAL'))!.world();
  kept.node('node1').settings.set('wal_level', 'minimal');
  const own = processIn(kept);
  const look = lookAt(kept, { ...own, keeping: { ...own.keeping!, plan: onto, sound: damaged } });
  const book = await bound(readBook('pitr'), { cluster: kept.cluster, look, params });
  const text = planText(
    await planBook(book, look),
    { checks, command: 'lifeboat run pitr' },
    { width: 120, colour: false },
  );
  for (const reason of [
    /are needed in \/disk1\/data/,
    /cannot write to \/disk5\/fast/,
    /is damaged/,
    /wal_level = minimal/,
  ])
    expect(text.replaceAll(/\s+/g, ' ')).toMatch(reason);
  expectGolden('plan-pitr-node-refused-120', text.slice(text.indexOf('\nRefused') + 1));
});

/** A backup that is there and is not whole. */
const damaged: Keeping['sound'] = () =>
  Promise.resolve({
    ok: false,
    what: 'pack 20261121T030000Z-k3f9/000001 is damaged: its block 17 is not what was put there',
  });

/** A disk that is nearly full, and a tablespace whose file system is not mounted: nobody may write where it would be. */
const onto: Keeping['plan'] = ({ chosen, into }) => {
  const of = {
    ...chosen,
    backup: {
      ...chosen.backup,
      systemId: backup.systemId,
      tablespaces: [{ oid: '16384', name: 'fast', location: '/disk5/fast' }],
    },
  };
  const target = seen({
    data: place(into.data, { state: 'full', mount: '/disk1', free: bytes(1000) }),
    systemId: backup.systemId,
    version: '15',
    tablespaces: [{ ...place('/disk5/fast', { writable: false, owner: 'root' }), clusters: [] }],
  });
  const broken = place(into.broken, { mount: '/disk1' });
  return Promise.resolve(
    planNodeRestore({ chosen: of, into, where: `node1:${into.data}` }, contents, { target, broken }),
  );
};
