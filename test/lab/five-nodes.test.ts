// Five nodes, two of them in cascades: there and back, each standby finding its place, and no acknowledged row lost.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { faults } from '../../src/lab/faults/index.ts';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { Writer } from '../../src/lab/writer.ts';
import type { ShownPlan } from '../../src/engine/planned.ts';
import { seconds } from '../../src/time.ts';
import { type Event, Machine } from '../support/lifeboat.ts';
import { until } from '../support/until.ts';

let lab: Lab;
let machine: Machine;

beforeEach(async () => {
  lab = await createLab({ nodes: 5, upstream: { node4: 'node2', node5: 'node3' }, synchronous: true });
  machine = new Machine(lab.inventoryFile);
});

afterEach(async () => {
  machine.remove();
  await lab.destroy();
});

/** Carries it out; its plan, the way that each step took, and why. */
async function run(book: string, ...options: readonly string[]) {
  const done = await machine.run('run', book, ...options, '--yes', '--json');
  expect(done.code, `${done.stdout}\n${done.stderr}`).toBe(0);
  const events = done.stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Event);
  const { plan } = events[0] as unknown as { plan: ShownPlan };
  const ways = events.filter(({ e }) => e === 'way').map(({ step, way, why }) => [step, { way, why }] as const);
  return {
    roles: plan.roles,
    view: (role: string) => plan.views.find(one => one.role === role)?.words,
    way: new Map(ways),
  };
}

const feeds =
  "select coalesce(string_agg(application_name, ' ' order by application_name), '') from pg_stat_replication where state = 'streaming'";
const counting =
  "select string_agg(application_name, ' ' order by application_name) from pg_stat_replication where sync_state in ('sync', 'quorum')";
const line = 'select received_tli from pg_stat_wal_receiver';

/** Who feeds whom, on one timeline. */
async function shape(timeline: number, feeding: Readonly<Record<string, string>>): Promise<void> {
  for (const { name } of lab.nodes)
    await until(async () => (await lab.psql(name, feeds).catch(() => '')) === (feeding[name] ?? ''));
  for (const name of Object.values(feeding).join(' ').split(' '))
    await until(async () => (await lab.psql(name, line)) === String(timeline));
}

/** The nodes of the first and of the second cascade, as `node2 node4` and `node3 node5`: who received more is chosen. */
const cascades = { node2: 'node4', node3: 'node5' } as const;

//   node1 ── node2 ── node4      node1 ✗ ┌─ node2 ── node4      node1 ── node2
//        └── node3 ── node5              └─ node3 ── node5           ├── node4
//                                                                    └── node3 ── node5
it('there and back: cascades stay, the standbys count for commits again, and no acknowledged row is lost', async () => {
  await shape(1, { node1: 'node2 node3', node2: 'node4', node3: 'node5' });
  const writer = new Writer(lab, { sessions: 2, rate: 200 });
  expect(await writer.reached(100, seconds(10))).toBe(true);
  await faults.get('killed')?.break(lab, lab.node('node1'), {});

  const failover = await run('failover', '-p', 'down_for=1s');
  const [chosen, other] =
    failover.roles['standby'] === 'node2' ? (['node2', 'node3'] as const) : (['node3', 'node2'] as const);
  const [own, far] = [cascades[chosen], cascades[other]];
  expect(failover.roles['standby']).toBe(chosen);
  expect(failover.view('standby')).toMatch(new RegExp(`chosen: (received .* more than|before) ${other}`));
  expect(failover.way.get(`repoint[${other}]`)?.way).toBe('repoint');
  expect(failover.way.get(`repoint[${own}]`)?.way).toBe('nothing');
  expect(failover.way.get(`repoint[${far}]`)?.way).toBe('nothing');
  await shape(2, { [chosen]: sorted(other, own), [other]: far });
  const site = (await lab.psql(chosen, 'show synchronous_standby_names')).match(/node\d/g);
  expect(site).toEqual(lab.nodes.map(({ name }) => name).filter(name => name !== chosen));
  expect(await lab.psql(chosen, counting)).toBe(sorted(other, own));

  await run('rejoin');
  await shape(2, { [chosen]: sorted('node1', other, own), [other]: far });
  expect(await lab.psql(chosen, counting)).toBe(sorted('node1', other, own));

  const home = await run('switchback');
  expect(home.way.get(`go-home/repoint[${far}]`)?.way).toBe('nothing');
  await shape(3, { node1: sorted(chosen, other, own), [other]: far });
  expect(await lab.psql('node1', counting)).toBe(sorted(chosen, other, own));
  const rows = writer.acknowledgedBy(lab.node('node1').name)?.count ?? 0;
  expect(await writer.reached(rows + 50, seconds(10), lab.node('node1').name)).toBe(true);
  await writer.stop();
  expect(await writer.compare(lab.node('node1').name)).toMatchObject({ lost: 0, unexpected: 0 });
});

const sorted = (...names: readonly string[]): string => [...names].sort().join(' ');
