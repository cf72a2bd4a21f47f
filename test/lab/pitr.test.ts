// Every kind of target over four timelines with a sibling branch, against the rows that were there; and what cannot be reached is refused.

import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { labFiles } from '../../src/lab/layout.ts';
import { promote } from '../../src/lab/promote.ts';
import { postmaster, stopServer } from '../../src/lab/server.ts';
import { type Backup } from '../../src/repo/backup.ts';
import { listBackups } from '../../src/repo/catalog.ts';
import { labRepository } from '../support/lab-repository.ts';
import { Machine, type Said } from '../support/lifeboat.ts';
import { keptSoFar, type Receiver, startReceiver } from '../support/receiver.ts';
import { Restored } from '../support/restored.ts';
import { until } from '../support/until.ts';

/** What was written when: the rows that were there before, and with it. */
interface Point {
  readonly line: number;
  readonly row: number;
  readonly before: string;
  readonly rows: string;
  readonly time: string;
  readonly xid: string;
  /** Where the record of its commit begins. */
  readonly lsn: string;
}

let lab: Lab;
let machine: Machine;
let receiver: Receiver | undefined;
let room: string;
/** Before row 1, which the first backup holds already. */
let early: string;
const points: Point[] = [];
const backups: { readonly id: string; readonly line: number; readonly rows: string }[] = [];
/** At the end of each timeline. */
const ends = new Map<number, string>();

const sql = (node: string, text: string): Promise<string> => lab.psql(node, text);
const listed = (node: string): Promise<string> =>
  sql(node, "select coalesce(string_agg(n::text, ' ' order by n), '') from rows");
const at = (row: number): Point => points.find(point => point.row === row)!;

//  1 ── row 1 ─ B1 ─ 2 ─ 3 ─┬─ 4 ─┤
//                           │     └── 2 (node2 is promoted) ── 5 ─ B2 ─ 6 ─ 7
//                           └── 3 (node1 is restored to row 3) ── 8 ─ B3 ─ 9 ─┬─ 10 ─┤
//                                                                             └── 4 (and again, to row 9) ── 11 ─ 12
beforeAll(async () => {
  lab = await createLab({ nodes: 2, settings: { track_commit_timestamp: 'on', autovacuum: 'off' } });
  machine = new Machine(lab.inventoryFile);
  room = mkdtempSync(join(process.env['LIFEBOAT_TEST_ROOT'] ?? tmpdir(), 'pitr-'));
  receiver = await startReceiver(machine);
  await sql('node1', 'create table rows (n int)');
  early = await sql('node1', 'select clock_timestamp()');
  await write('node1', 1, 1);
  await take('node1', 1);
  for (const row of [2, 3, 4]) await write('node1', 1, row);
  await leave('node1', 1);

  await promote(lab, lab.node('node2'));
  await write('node2', 2, 5);
  await take('node2', 2);
  await write('node2', 2, 6);
  await sql('node2', 'select pg_switch_wal()');
  await write('node2', 2, 7);
  await leave('node2', 2);

  await comeBack('--timeline', '1', '--to-name', 'row 3');
  await write('node1', 3, 8);
  await take('node1', 3);
  await write('node1', 3, 9);
  await write('node1', 3, 10);
  await leave('node1', 3);

  await comeBack('--timeline', '3', '--to-xid', at(9).xid);
  await write('node1', 4, 11);
  await write('node1', 4, 12);
  await leave('node1', 4);
  const said = await receiver.stop();
  expect(said.code, said.stderr).toBe(0);
});

afterAll(async () => {
  receiver?.child.kill('SIGKILL');
  machine.remove();
  await lab.destroy();
  rmSync(room, { recursive: true, force: true });
});

/** One row in a transaction of its own, which nothing else writes in between, and a restore point behind it. */
async function write(node: string, line: number, row: number): Promise<void> {
  const before = await listed(node);
  const said = await sql(
    node,
    `begin; insert into rows values (${String(row)}); select pg_current_xact_id(), pg_current_wal_insert_lsn(); commit`,
  );
  const [xid = '', lsn = ''] = said.split('|');
  const time = await sql(node, `select pg_xact_commit_timestamp('${xid}'::xid)`);
  await sql(node, `select pg_create_restore_point('row ${String(row)}')`);
  points.push({ line, row, before, rows: await listed(node), time, xid, lsn });
}

async function take(node: string, line: number): Promise<void> {
  const said = await machine.run('backup', '--from', node);
  expect(said.code, said.stderr).toBe(0);
  const backup: Backup = (await listBackups(await labRepository(lab))).at(-1)!;
  expect(backup.stopTimeline).toBe(line);
  backups.push({ id: backup.id, line, rows: await listed(node) });
}

/** The end of a timeline: all of it is kept, and its server rests. */
async function leave(node: string, line: number): Promise<void> {
  await keptSoFar(lab, node, await labRepository(lab));
  ends.set(line, await listed(node));
  await stopServer(lab.node(node), lab.programs);
}

/** As it is done after a mistake: node1 goes back, over what it has, and becomes the primary on a timeline of its own. */
async function comeBack(...target: string[]): Promise<void> {
  const said = await machine.run('restore', '--on', 'node1', ...target, '--yes', '--start');
  expect(said.code, `${said.stderr}\n${readFileSync(lab.node('node1').log, 'utf8').slice(-4000)}`).toBe(0);
  expect(postmaster(lab.node('node1'))).toBeDefined();
  await until(async () => (await sql('node1', 'select pg_is_in_recovery()')) === 'f', 'recovery ends');
}

type Action = 'promote' | 'pause' | 'shutdown';

interface Case {
  readonly row: number;
  readonly by: 'time' | 'xid' | 'lsn' | 'name' | 'immediate' | 'latest';
  readonly exclusive?: boolean;
  readonly action: Action;
}

const few: readonly Case[] = [
  { row: 2, by: 'time', action: 'promote' },
  { row: 6, by: 'time', exclusive: true, action: 'pause' },
  { row: 10, by: 'xid', action: 'shutdown' },
  { row: 11, by: 'xid', exclusive: true, action: 'promote' },
  { row: 7, by: 'lsn', action: 'pause' },
  { row: 4, by: 'lsn', exclusive: true, action: 'shutdown' },
  { row: 12, by: 'name', action: 'promote' },
  { row: 5, by: 'immediate', action: 'pause' },
  { row: 7, by: 'latest', action: 'promote' },
  { row: 12, by: 'latest', action: 'promote' },
];

const actions: readonly Action[] = ['promote', 'pause', 'shutdown'];

/** The last row of a timeline has no commit behind it, and a time in between ends nowhere. */
const all: readonly Case[] = [2, 3, 4, 6, 7, 9, 10, 11, 12].flatMap(row =>
  actions.flatMap(action => [
    ...(['time', 'xid', 'lsn'] as const).flatMap(by => [
      ...(by === 'time' && [4, 7, 10, 12].includes(row) ? [] : [{ row, by, action }]),
      { row, by, exclusive: true, action },
    ]),
    { row, by: 'name' as const, action },
    ...([4, 6, 9].includes(row) ? [{ row: row - 1, by: 'immediate' as const, action }] : []),
    ...(action === 'promote' && [4, 7, 10, 12].includes(row) ? [{ row, by: 'latest' as const, action }] : []),
  ]),
);

const lineOfRow = (row: number): number => (row <= 4 ? 1 : row <= 7 ? 2 : row <= 10 ? 3 : 4);

function wordsOf({ row, by, exclusive }: Case): string[] {
  const { time, xid, lsn } = at(row);
  const line = lineOfRow(row);
  const target = {
    time: ['--to-time', time],
    xid: ['--to-xid', xid],
    lsn: ['--to-lsn', lsn],
    name: ['--to-name', `row ${String(row)}`],
    immediate: ['--immediate', '--backup', backups.find(one => one.line === line)?.id ?? ''],
    latest: [],
  }[by];
  return [...target, ...(exclusive === true ? ['--exclusive'] : []), '--timeline', String(line)];
}

function wantedOf({ row, by, exclusive }: Case): string {
  const line = lineOfRow(row);
  if (by === 'immediate') return backups.find(one => one.line === line)!.rows;
  if (by === 'latest') return ends.get(line)!;
  return exclusive === true ? at(row).before : at(row).rows;
}

describe('the history is what it is meant to be', () => {
  it('four timelines, two of them siblings', () => {
    expect([...ends]).toEqual([
      [1, '1 2 3 4'],
      [2, '1 2 3 4 5 6 7'],
      [3, '1 2 3 8 9 10'],
      [4, '1 2 3 8 9 11 12'],
    ]);
  });

  it('each number is given once, and all of it is kept', async () => {
    const { stdout, code, stderr } = await machine.run('wal', 'status', '--json');
    expect(code, stderr).toBe(0);
    const { stretches } = JSON.parse(stdout) as { stretches: { timeline: number }[] };
    expect(stretches.map(({ timeline }) => timeline)).toEqual([1, 2, 3, 4]);
  });
});

describe('restored', () => {
  let place: Restored;
  afterEach(() => place.remove());

  const cases = Number(process.env['LIFEBOAT_ROUNDS'] ?? 0) > 10 ? all : few;
  it.each(cases.map(one => [describeCase(one), one] as const))('%s', async (_, one) => {
    place = new Restored(lab);
    const action = one.by === 'latest' ? [] : ['--action', one.action];
    const said = await place.from(machine, ...wordsOf(one), ...action);
    expect(said.code, said.stderr).toBe(0);
    const begun = await place.start();
    if (one.action === 'promote') {
      expect(begun.code, place.log).toBe(0);
      await place.recovered();
    } else if (one.action === 'pause') {
      expect(begun.code, place.log).toBe(0);
      await isPaused(place);
    } else {
      await until(async () => (await place.control('Database cluster state')) === 'shut down in recovery', place.log);
      expect(place.log).toContain('shutdown at recovery target');
      // To look at it: the same once more, and stay.
      expect((await place.start('-c', 'recovery_target_action=pause')).code, place.log).toBe(0);
      await isPaused(place);
    }
    const rows = await place.ask("select coalesce(string_agg(n::text, ' ' order by n), '') from rows");
    expect(rows, place.log).toBe(wantedOf(one));
  });
});

function describeCase({ row, by, exclusive, action }: Case): string {
  const what =
    by === 'latest'
      ? 'to the end'
      : by === 'immediate'
        ? 'as soon as it is consistent'
        : `to the ${by} of row ${String(row)}`;
  return `timeline ${String(lineOfRow(row))}, ${what}, ${exclusive === true ? 'exclusive, ' : ''}${action}`;
}

const isPaused = (place: Restored): Promise<unknown> =>
  until(async () => {
    const old = (await place.ask('show server_version_num')) < '140000';
    return (
      (await place.ask(old ? 'select pg_is_wal_replay_paused()' : 'select pg_get_wal_replay_pause_state()')) ===
      (old ? 't' : 'paused')
    );
  }, 'it pauses');

describe('refused beforehand, with nothing written', () => {
  async function refused(...words: string[]): Promise<{ readonly code: number | null; readonly text: string }> {
    const place = new Restored(lab);
    try {
      const said: Said = await place.from(machine, ...words);
      expect(existsSync(place.data)).toBe(false);
      expect(said.stdout).toBe('');
      return { code: said.code, text: said.stderr.replaceAll(/\s+/g, ' ') };
    } finally {
      await place.remove();
    }
  }

  it('a time before the first backup: the nearest is its end', async () => {
    const { code, text } = await refused('--to-time', early, '--timeline', '1');
    expect(code, text).toBe(4);
    expect(text).toMatch(
      new RegExp(`is consistent only from .*nearest after: .*--immediate --backup ${backups[0]!.id}`),
    );
    expect(text).not.toContain('nearest before');
  });

  it('a time after the last commit, though WAL goes on: the nearest is that transaction', async () => {
    const { code, text } = await refused('--to-time', at(12).time, '--timeline', '4');
    expect(code, text).toBe(4);
    expect(text).toContain(`the last transaction, ${at(12).xid}, ended at`);
    const [, how = ''] = /nearest before: .*?: (--to-lsn \S+ --timeline 4)/.exec(text) ?? [];
    // And what is offered instead can be had.
    const dry = await machine.run('restore', '--into', join(room, 'never'), '--dry-run', ...how.split(' '));
    expect(dry.code, `${text}\n${dry.stderr}`).toBe(0);
  });

  it('what lies on a sibling branch: it says on which', async () => {
    const { code, text } = await refused('--to-name', 'row 6', '--timeline', '4');
    expect(code, text).toBe(4);
    expect(text).toMatch(/it can be reached on timeline 2, from backup \S+: --timeline 2/);
    expect((await refused('--to-xid', at(7).xid, '--timeline', '4', '--backup', backups[1]!.id)).code).toBe(4);
  });

  it('a time without a zone, an unknown name, an unknown timeline, two targets', async () => {
    const local = at(3).time.replace(/\+00$/, '');
    const { code, text } = await refused('--to-time', local);
    expect(code, text).toBe(2);
    expect(text).toMatch(/zone/);
    expect(await refused('--to-name', 'nowhere')).toMatchObject({
      code: 4,
      text: expect.stringContaining('"row 12"') as string,
    });
    expect(await refused('--timeline', '9')).toMatchObject({
      code: 4,
      text: expect.stringContaining('1, 2, 3, 4') as string,
    });
    expect((await refused('--to-xid', '9', '--to-name', 'row 3')).code).toBe(2);
  });

  it('what lies in a gap or behind it: the missing segment by name, and the nearest before', async () => {
    const copy = join(room, 'gap');
    cpSync(labFiles(lab.directory).repository, copy, { recursive: true });
    const file = segmentOf(at(6));
    rmSync(join(copy, 'clusters/main/wal', file.slice(0, 16), file));
    const inventory = join(room, 'lifeboat.yaml');
    const text = readFileSync(lab.inventoryFile, 'utf8').replaceAll(labFiles(lab.directory).repository, copy);
    writeFileSync(inventory, text);
    for (const target of [
      ['--to-time', at(6).time],
      ['--to-name', 'row 7'],
      ['--to-lsn', at(7).lsn],
    ]) {
      const { code, text: said } = await refused(...target, '--timeline', '2', '--inventory', inventory);
      expect(code, said).toBe(4);
      expect(said).toContain(`${file} missing`);
    }
  });
});

/** Its name, by its place and a size of 16 MB. */
function segmentOf({ line, lsn }: Point): string {
  const [high = '', low = ''] = lsn.split('/');
  const hex = (value: number): string => value.toString(16).toUpperCase().padStart(8, '0');
  return `${hex(line)}${hex(Number.parseInt(high, 16))}${hex(Math.floor(Number.parseInt(low, 16) / (16 * 1024 * 1024)))}`;
}
