// What a switchover asks beforehand, of real servers: each check holds on a healthy pair, and says what is wrong where something is.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { checks } from '../../src/checks/index.ts';
import { background, type Background } from '../../src/drivers/process.ts';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { mark } from '../../src/lab/server.ts';
import type { Verdict } from '../../src/look/check.ts';
import type { NodeName } from '../../src/ports.ts';
import { bytes, ms } from '../../src/time.ts';
import { lookInto } from '../support/lab-look.ts';
import { until } from '../support/until.ts';

const [node1, node2] = ['node1', 'node2'] as [NodeName, NodeName];
let lab: Lab;
let into: ReturnType<typeof lookInto>;

beforeAll(async () => {
  lab = await createLab({ nodes: 2 });
  into = lookInto(lab);
});

afterAll(async () => {
  await into.close();
  await lab.destroy();
});

const verdict = (name: string, on: NodeName, params: object = {}): Promise<Verdict> =>
  checks.get(name)!.test(on, params, into.look());

/** Waits until the check fails, and gives what it found; its hint is never missing. */
async function failing(name: string, on: NodeName, params: object = {}): Promise<{ found: string; hint: string }> {
  let last: Verdict | undefined;
  await until(async () => {
    last = await verdict(name, on, params);
    return last.is === 'fails';
  });
  const { found, hint } = last as Extract<Verdict, { is: 'fails' }>;
  expect(hint).toMatch(/\S/);
  return { found, hint: hint! };
}

const holding = (name: string, on: NodeName, params: object = {}): Promise<boolean> =>
  until(async () => (await verdict(name, on, params)).is === 'holds');

const inPsql = (on: NodeName, sql: string): Background => {
  const { socket, port } = lab.node(on);
  const argv = [`${lab.programs.bin}/psql`, '-XqAt', '-h', socket, '-p', String(port), '-U', 'postgres', '-c', sql];
  return background(argv, { as: lab.programs.as, env: mark(lab.node(on)) });
};

it('all of it holds on a healthy pair', async () => {
  await holding('replay-lag', node2, { behind: node1, at_most: bytes(0) });
  await holding('follows', node2, { primary: node1 });
  const asked: readonly (readonly [string, NodeName, object])[] = [
    ['archiving', node1, {}],
    ['no-long-transactions', node1, {}],
    ['no-backup-running', node1, {}],
    ['no-backup-running', node2, {}],
    ['room-for-standby', node2, { standbys: 1 }],
    ['room-for-standby', node1, { standbys: 10 }],
    ['standby-settings', node1, { like: node2 }],
    ['same-system', node2, { as: node1 }],
    ['no-idle-slots', node1, {}],
    ['no-idle-slots', node2, {}],
    ['commits-flow', node1, {}],
  ];
  for (const [name, on, params] of asked) {
    expect(await verdict(name, on, params), `${name} ${on}`).toMatchObject({ is: 'holds' });
  }
});

it('an archive_command that fails is told with its segment; so is a backlog without any', async () => {
  await lab.psql(node1, "alter system set archive_command = ''; select pg_reload_conf()");
  await lab.psql(node1, 'create table one as select 1 as n; select pg_switch_wal()');
  const idle = await failing('archiving', node1, { backlog: 0 });
  expect(idle.found).toBe('1 segment waits, and neither archive_command nor archive_library is set');
  await lab.psql(node1, "alter system set archive_command = 'test -d /nowhere/%f # %p'; select pg_reload_conf()");
  const broken = await failing('archiving', node1);
  expect(broken.found).toMatch(
    /^archive_command 'test -d \/nowhere\/%f # %p' failed for 0{7}1[0-9A-F]{16} at \d{4}-\d\d-\d\dT[\d:]+Z, and has archived nothing since; 1 segment waits$/,
  );
  expect(broken.hint).toMatch(/&& test -d \/nowhere\/0{7}1[0-9A-F]{16} # pg_wal\/0{7}1[0-9A-F]{16}$/);
  await lab.psql(node1, 'alter system reset archive_command; select pg_reload_conf()');
  await holding('archiving', node1);
});

it('an open transaction and a backup are told with who has them', async () => {
  const work = inPsql(node1, 'begin; select pg_sleep(100)');
  const open = await failing('no-long-transactions', node1, { longer_than: ms(200) });
  expect(open.found).toMatch(/^pid \d+, user postgres \(psql\), active, open for [\d.]+ m?s, since 20/);
  const pid = /pid (\d+)/.exec(open.found)?.[1] ?? '';
  expect(open.hint).toContain(`pg_terminate_backend(${pid})`);
  await lab.psql(node1, `select pg_terminate_backend(${pid})`);
  await holding('no-long-transactions', node1, { longer_than: ms(200) });
  await work.ended;

  const { socket, port, backup } = lab.node(node1);
  const argv = [`${lab.programs.bin}/pg_basebackup`, '-h', socket, '-p', String(port), '-U', 'postgres'];
  const copy = background([...argv, '-D', `${backup}/slow`, '-X', 'none', '-r', '100k', '-c', 'fast'], {
    as: lab.programs.as,
    env: mark(lab.node(node1)),
  });
  expect((await failing('no-backup-running', node1)).found).toMatch(/^pid \d+, pg_basebackup, [a-z ]+, /);
  copy.kill('SIGTERM');
  await copy.ended;
  await holding('no-backup-running', node1);
});

it('limits that are too low, slots that nobody uses, WAL that is not replayed', async () => {
  expect((await failing('room-for-standby', node2, { standbys: 11 })).found).toBe(
    'max_wal_senders 10, 0 in use; max_replication_slots 10, 0 in use',
  );
  // Not in force yet: what counts is the start that the switchover makes.
  await lab.psql(node1, 'alter system set max_connections = 50; select pg_reload_conf()');
  expect((await failing('standby-settings', node1, { like: node2 })).found).toBe('max_connections is 50, on node2 100');
  await lab.psql(node1, 'alter system reset max_connections; select pg_reload_conf()');
  await holding('standby-settings', node1, { like: node2 });

  await lab.psql(node1, "select pg_create_physical_replication_slot('gone', true)");
  const slot = await failing('no-idle-slots', node1);
  expect(slot.found).toMatch(/^gone \(physical\) keeps \d/);
  expect(await verdict('no-idle-slots', node1, { keeping: bytes(1024 ** 3) })).toMatchObject({ is: 'holds' });
  await lab.psql(node1, "select pg_drop_replication_slot('gone')");

  await lab.psql(node2, 'select pg_wal_replay_pause()');
  await lab.psql(node1, "create table two as select repeat('x', 1000) from generate_series(1, 2000)");
  expect((await failing('replay-lag', node2, { behind: node1, at_most: bytes(1024 ** 2) })).found).toMatch(
    / behind 0\//,
  );
  await lab.psql(node2, 'select pg_wal_replay_resume()');
  await holding('replay-lag', node2, { behind: node1, at_most: bytes(0) });
});

it('a standby that follows nobody, and commits that would wait for it', async () => {
  await lab.psql(node1, "alter system set synchronous_standby_names = 'ANY 1 (node2, node3)'; select pg_reload_conf()");
  await holding('commits-flow', node1);
  await lab.psql(node2, "alter system set primary_conninfo = ''; select pg_reload_conf()");
  const receivers = 'select count(*) from pg_stat_wal_receiver';
  await until(async () => (await lab.psql(node2, receivers)) === '0', 'its receiver has ended');
  expect((await failing('follows', node2, { primary: node1 })).found).toBe(
    'no WAL receiver streams; its primary_conninfo names nobody',
  );
  expect((await failing('commits-flow', node1)).found).toBe('none connected; missing: node2, node3');
  await lab.psql(node1, 'alter system reset synchronous_standby_names; select pg_reload_conf()');
});
