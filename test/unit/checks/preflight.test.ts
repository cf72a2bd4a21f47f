// The checks of a switchover's preflight: what they make of a server's answers, beyond what a healthy pair shows.

import { describe, expect, test } from 'vitest';
import { checks } from '../../../src/checks/index.ts';
import { memoryWorld, type World } from '../../../src/drivers/memory.ts';
import type { Answered, NodeName } from '../../../src/ports.ts';
import { lsn } from '../../../src/postgres/lsn.ts';
import { ms, bytes } from '../../../src/time.ts';
import { lookAt } from '../../interruption/support/stage.ts';

const [node1, node2, node3] = ['node1', 'node2', 'node3'] as [NodeName, NodeName, NodeName];

const rows = (...values: readonly (readonly string[])[]): Answered => ({
  is: 'rows',
  rows: values,
  columns: [],
  notices: [],
});

/** A world in which queries that hold this word are answered so. */
const answering = (about: string, answer: Answered, options: object = {}): World =>
  memoryWorld({
    nodes: ['node1', 'node2'],
    answers: (_node, text) => (text.includes(about) ? answer : undefined),
    ...options,
  });

const verdict = (world: World, name: string, on: NodeName, params: object = {}) =>
  checks.get(name)!.test(on, params, lookAt(world));

describe('archiving', () => {
  const stat = (mode: string, command: string, failed: readonly string[] = ['', '', '']): World =>
    answering('pg_stat_archiver', rows([mode, command, '', ...failed]));
  const ready = (world: World, count: number): World => {
    for (let i = 0; i < count; i += 1)
      world.node('node1').files.set(`/disk2/pg_wal/archive_status/${String(i)}.ready`, { text: '' });
    return world;
  };

  test('off holds, however much lies there', async () => {
    expect(await verdict(ready(stat('off', '(disabled)'), 90), 'archiving', node1)).toMatchObject({
      is: 'holds',
      found: 'archiving is off',
    });
  });

  test('a few segments that wait are no backlog, more than that are', async () => {
    const world = ready(stat('on', 'cp %p /a/%f'), 10);
    expect(await verdict(world, 'archiving', node1)).toMatchObject({ is: 'holds', found: '10 segments wait' });
    expect(await verdict(world, 'archiving', node1, { backlog: 9 })).toMatchObject({
      is: 'fails',
      expected: 'WAL archived but for at most 9 segments',
      found: '10 segments wait',
    });
  });

  test('a failure after the last success counts; one before it is over', async () => {
    const wal = '000000010000000000000007';
    const failed = stat('on', 'cp %p "/a 50%%/%f"', [wal, '2026-11-21T03:00:00Z', 't']);
    expect(await verdict(failed, 'archiving', node1)).toEqual({
      is: 'fails',
      expected: 'WAL archived but for at most 10 segments',
      found: `archive_command 'cp %p "/a 50%%/%f"' failed for ${wal} at 2026-11-21T03:00:00Z, and has archived nothing since; 0 segments wait`,
      hint: `try it by hand on 172.16.3.101: cd /disk1/data && cp pg_wal/${wal} "/a 50%/${wal}"`,
    });
    const over = stat('on', 'cp %p /a/%f', [wal, '2026-11-21T03:00:00Z', 'f']);
    expect(await verdict(over, 'archiving', node1)).toMatchObject({ is: 'holds' });
  });
});

test('no-backup-running asks for the exclusive backup only where there still is one', async () => {
  const asked: string[] = [];
  const world = (version: number): World =>
    memoryWorld({
      nodes: ['node1', 'node2'],
      version,
      answers: (_node, text) => {
        asked.push(text);
        return rows(['pid 7, pgBackRest [backup]', 'between start and stop', '']);
      },
    });
  expect(await verdict(world(150_018), 'no-backup-running', node1)).toMatchObject({
    is: 'fails',
    found: 'pid 7, pgBackRest [backup], between start and stop',
  });
  await verdict(world(140_020), 'no-backup-running', node1);
  await verdict(world(140_020), 'no-backup-running', node2);
  expect(asked.map(text => text.includes('pg_is_in_backup'))).toEqual([false, true, false]);
});

test('standby-settings compares what the next start makes of one with what the other has now', async () => {
  const settings = (max: readonly [string, string], level = 'replica') => [
    ['wal_level', level, level],
    ['hot_standby', 'on', 'on'],
    ['max_connections', ...max],
  ];
  const world = (own: readonly (readonly string[])[], theirs: readonly (readonly string[])[]): World =>
    memoryWorld({
      nodes: ['node1', 'node2'],
      answers: ({ name }, text) =>
        text.includes('pg_file_settings') ? rows(...(name === node1 ? own : theirs)) : undefined,
    });
  const check = (it: World) => verdict(it, 'standby-settings', node1, { like: node2 });
  expect(await check(world(settings(['50', '100']), settings(['100', '50'])))).toMatchObject({ is: 'holds' });
  expect(await check(world(settings(['100', '50']), settings(['100', '100'], 'minimal')))).toMatchObject({
    is: 'fails',
    found: 'max_connections is 50, on node2 100; wal_level on node2 is minimal',
  });
});

test('room-for-standby counts those that are fed already', async () => {
  const world = answering('max_wal_senders', rows(['2', '2', '2', '1']), { nodes: ['node1', 'node2', 'node3'] });
  expect(await verdict(world, 'room-for-standby', node1, { standbys: 2 })).toMatchObject({ is: 'holds' });
  expect(await verdict(world, 'room-for-standby', node1, { standbys: 3 })).toMatchObject({
    is: 'fails',
    expected: '1 more of each',
    found: 'max_wal_senders 2, 2 in use; max_replication_slots 2, 1 in use',
  });
});

test('replay-lag reckons from what the primary wrote', async () => {
  const world = memoryWorld({ nodes: ['node1', 'node2'] });
  world.node('node2').paused = true;
  const wal = world.node('node1').wal.get(1)!;
  wal.end = lsn(wal.end + 4096n);
  const check = (most: number) => verdict(world, 'replay-lag', node2, { behind: node1, at_most: bytes(most) });
  expect(await check(4096)).toMatchObject({ is: 'holds' });
  expect(await check(4095)).toMatchObject({ is: 'fails', found: expect.stringContaining('4 kB behind') as string });
});

test('same-system and follows know a stranger', async () => {
  const world = memoryWorld({ nodes: ['node1', 'node2'] });
  expect(await verdict(world, 'follows', node2, { primary: node1 })).toMatchObject({
    is: 'holds',
    found: 'streaming from node1 on timeline 1',
  });
  world.node('node2').systemId = '1';
  expect(await verdict(world, 'same-system', node2, { as: node1 })).toMatchObject({ is: 'fails', found: '1' });
  world.lose('node1', 'crashed');
  expect(await verdict(world, 'follows', node2, { primary: node1 })).toMatchObject({
    is: 'fails',
    found: 'no WAL receiver streams; its primary_conninfo names 172.16.3.101:5432',
  });
});

test('long transactions and idle slots are told by name, with the command that ends them', async () => {
  const row = ['812', 'app', 'batch', 'idle in transaction', '3600000', '2026-11-21T02:12:00Z'];
  expect(
    await verdict(answering('xact_start', rows(row)), 'no-long-transactions', node1, { longer_than: ms(60_000) }),
  ).toMatchObject({
    found: 'pid 812, user app (batch), idle in transaction, open for 1 h, since 2026-11-21T02:12:00Z',
    hint: "let them end, or end them: psql -h 172.16.3.101 -c 'select pg_terminate_backend(812)'",
  });
  const slots = answering('pg_replication_slots', rows(['old', 'physical', '1073741824'], ['cdc', 'logical', '0']));
  expect(await verdict(slots, 'no-idle-slots', node1)).toMatchObject({
    found: 'old (physical) keeps 1 GB; cdc (logical) keeps 0 B',
  });
  expect(await verdict(slots, 'no-idle-slots', node1, { keeping: bytes(1024) })).toMatchObject({
    found: 'old (physical) keeps 1 GB',
    hint: "if nobody will come back for it: psql -h 172.16.3.101 -c 'select pg_drop_replication_slot('\\''old'\\'')'",
  });
});

describe('commits-flow', () => {
  const named = (names: string): World =>
    memoryWorld({ nodes: ['node1', 'node2', 'node3'], settings: { synchronous_standby_names: names } });

  test.each([
    ['', 'holds', 'commits wait for nobody'],
    ['FIRST 2 (node3, node2)', 'holds', 'FIRST 2 (node3, node2): node2, node3'],
    ['ANY 1 (gone, NODE2)', 'holds', 'ANY 1 (gone, NODE2): node2'],
    ['*', 'holds', '*: node2'],
    ['ANY 2 (gone, node2)', 'fails', 'node2 connected; missing: gone'],
    ['gone', 'fails', 'none connected; missing: gone'],
    ['ANY 3 (*)', 'fails', 'node2, node3 connected'],
  ])('%j %s', async (names, is, found) => {
    expect(await verdict(named(names), 'commits-flow', node1)).toMatchObject({ is, found });
  });

  test('one that is down does not answer', async () => {
    const world = named('node3');
    world.lose(node3, 'crashed');
    expect(await verdict(world, 'commits-flow', node1)).toMatchObject({ is: 'fails' });
  });
});
