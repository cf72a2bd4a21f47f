// lifeboat watch beside a primary that dies, and in a network whose links are cut one by one.

import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { faults } from '../../src/lab/faults/index.ts';
import { createLab, type Lab, type LabNode, openLab } from '../../src/lab/lab.ts';
import { Load } from '../../src/lab/load.ts';
import { bytes } from '../../src/time.ts';
import { type Event, Machine } from '../support/lifeboat.ts';
import { Namespace, withoutNamespace } from '../support/namespace.ts';
import { until } from '../support/until.ts';

const leftovers: (() => unknown)[] = [];
afterEach(async () => {
  for (const remove of leftovers.splice(0).toReversed()) await remove();
});

/** `lifeboat watch --json` and what it has said so far. */
function watching(machine: Machine, ...args: string[]) {
  const events: Event[] = [];
  const { child, ended } = machine.start(['watch', '--json', '--interval', '1s', ...args], event => events.push(event));
  leftovers.push(() => child.kill('SIGKILL'));
  const clusterIs = (state: string) =>
    until(() => events.some(({ e, is }) => e === 'cluster-changed' && is === state), `the cluster is ${state}`, 60_000);
  const codes = (of: string, from: string) =>
    events.filter(one => one.e === 'sample' && one['of'] === of && one['from'] === from).map(({ code }) => code);
  const states = (node: string) =>
    events.filter(one => one.e === 'node-changed' && one['node'] === node).map(({ is }) => is);
  return { child, ended, events, clusterIs, codes, states };
}

const collapsed = (all: readonly unknown[]) => all.filter((one, n) => one !== all[n - 1]);

/** The lab's own inventory, with a key for the monitor. */
function inventoryWith(lab: Lab, monitor: string): string {
  const file = `${lab.directory}/watched.yaml`;
  const text = readFileSync(lab.inventoryFile, 'utf8');
  writeFileSync(file, text.replace('    nodes:\n', `    monitor: ${monitor}\n    nodes:\n`));
  return file;
}

/** Changes a node's pg_hba.conf, and waits until that is in force. */
async function admit(lab: Lab, node: LabNode, change: (text: string) => string): Promise<void> {
  const file = `${node.data}/pg_hba.conf`;
  writeFileSync(file, change(readFileSync(file, 'utf8')));
  const loaded = () => lab.psql(node.name, 'select pg_conf_load_time()');
  const before = await loaded();
  await lab.psql(node.name, 'select pg_reload_conf()');
  await until(async () => (await loaded()) !== before);
}

test('beside a primary that can no longer write WAL: 0, 1, 2 with times, each change told to the hook', async () => {
  const lab = await createLab({ settings: { max_wal_size: '16GB', checkpoint_timeout: '1h' } });
  leftovers.push(() => lab.destroy());
  const told = `${lab.directory}/told`;
  const hook = JSON.stringify([
    'sh',
    '-c',
    `cat >> ${told}; test "$(wc -l < ${told})" -ne 1 || { echo no >&2; exit 3; }`,
  ]);
  const machine = new Machine(inventoryWith(lab, `{ down_after: 2, hook: ${hook} }`));
  leftovers.push(() => machine.remove());

  const once = await machine.run('watch', '--once', '--until', 'healthy');
  expect(once).toMatchObject({ code: 0, stderr: '' });
  expect(once.stdout).toMatch(/^node1 +up +\S+ +primary +0 accepting: here, node1, node2$/m);
  const never = await machine.run('watch', '--once', '--until', 'node2=down');
  expect(never).toMatchObject({ code: 4 });
  expect(never.stderr).toMatch(/^lifeboat: not node2=down: up\nHINT: lifeboat /);

  const [primary, standby] = lab.nodes;
  await admit(lab, standby!, text => text.replace(/^host +all .*$/m, ''));
  const load = await Load.start(lab, primary!, { pgbench: 2 });
  leftovers.push(() => load.stop());
  await load.untilRedo(bytes(448 * 1024 ** 2));
  const watch = watching(machine, '--until', 'primary-down', '--timeout', '2min');
  await watch.clusterIs('healthy');
  await faults.get('wal-unwritable')!.break(lab, primary!, {});
  const { code, stderr } = await watch.ended;

  expect(code).toBe(0);
  // A busy machine can leave one question unanswered on the way.
  expect(collapsed(watch.codes('node1', 'node1')).join('')).toMatch(/^0.*1.*2$/);
  expect(new Set(watch.codes('node2', 'here'))).toEqual(new Set([0]));
  const states = watch.states('node1');
  expect([states[0], states.at(-1)]).toEqual(['up', 'down']);
  expect(states).toContain('recovering');
  expect(watch.events.filter(({ e }) => e === 'replays')[0]?.['segment']).toMatch(/^[0-9A-F]{24}$/);
  const down = watch.events.find(({ e, is }) => e === 'cluster-changed' && is === 'primary-down');
  expect(down).toMatchObject({ primary: 'node1', next: ['lifeboat triage', 'lifeboat run failover --dry-run'] });
  const times = watch.events.filter(({ e }) => e === 'node-changed').map(({ at }) => String(at));
  expect(times).toEqual(times.toSorted());

  // The first call of the hook fails, which is said and stops nothing.
  const changes = readFileSync(told, 'utf8').trim().split('\n');
  expect(changes.map(line => (JSON.parse(line) as Event)['is'])).toEqual(
    watch.events.flatMap(({ e, was, is }) => (/-changed$/.test(e) && was !== 'unknown' ? [is] : [])),
  );
  expect(stderr).toContain('lifeboat: the hook sh failed: exit 3: no');

  // node2 has no line for anybody: each question stood in its log, and it was said once, with the lines that it lacks.
  expect(stderr.match(/no line for pg_isready/g)).toHaveLength(1);
  expect(stderr).toContain(`lifeboat: node2: pg_hba.conf has no line for pg_isready from here (127.0.0.1) and node1 (`);
  const lacking = [...stderr.matchAll(/^ +(host .*)$/gm)].map(([, line]) => line!);
  expect(lacking[0]).toBe('host  postgres  postgres  127.0.0.1/32  scram-sha-256');
  const complaints = () => readFileSync(standby!.log, 'utf8').match(/no pg_hba.conf entry/g)?.length ?? 0;
  const before = complaints();
  expect(before).toBeGreaterThan(3);
  await admit(lab, standby!, text => `${text}${lacking.join('\n')}\n`);
  expect((await machine.run('watch', '--once')).code).toBe(0);
  expect(complaints()).toBe(before);
});

const why = withoutNamespace();
const unlessCut = why === undefined ? '' : ` (${why})`;
test.skipIf(why !== undefined)(`a node that one cut link hides from this machine is not down${unlessCut}`, async () => {
  const namespace = new Namespace('watch');
  leftovers.push(() => namespace.remove());
  const directory = mkdtempSync(join(process.env['LIFEBOAT_TEST_ROOT'] ?? tmpdir(), 'lab-'));
  const machine = new Machine(`${directory}/lifeboat.yaml`, {}, namespace.through);
  leftovers.push(() => machine.remove());
  expect(await machine.run('lab', 'up', '--nodes', '3', '--directory', directory)).toMatchObject({ code: 0 });
  const lab = openLab(directory);
  leftovers.push(() => lab.destroy());
  const watch = watching(machine);
  await watch.clusterIs('healthy');

  // This machine is root, the nodes are the user postgres: to node1 the way of the one is cut, and not that of the others.
  namespace.cut(lab.node('node1').address, process.getuid!());
  const before = watch.codes('node1', 'here').length;
  const silences = () =>
    watch
      .codes('node1', 'here')
      .slice(before)
      .filter(code => code === 2).length;
  await until(() => silences() >= 6, 'six silences', 60_000);
  await until(() => watch.codes('node1', 'node1').at(-1) === null, 'node1 cannot be asked', 60_000);
  expect(watch.codes('node1', 'node2').slice(-3)).toEqual([0, 0, 0]);
  expect(watch.codes('node1', 'node3').slice(-3)).toEqual([0, 0, 0]);
  expect(watch.states('node1')).toEqual(['up']);
  const table = await machine.run('watch', '--once');
  expect(table.stdout).toMatch(/^node1 +up /m);
  expect(table.stdout).toContain('node1: here cannot reach it, others can');

  // With the ways of all cut, nobody is left who hears it.
  namespace.cut(lab.node('node1').address);
  await watch.clusterIs('primary-down');
  expect(watch.states('node1')).toEqual(['up', 'down']);
  expect([watch.states('node2'), watch.states('node3')]).toEqual([['up'], ['up']]);
  watch.child.kill('SIGINT');
  expect((await watch.ended).code).toBe(0);
});
