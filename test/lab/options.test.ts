// The ways back from a TRUNCATE, as they are listed and as they are then gone: beside, and over a standby that replays an hour late.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/drivers/process.ts';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { seconds } from '../../src/time.ts';
import { labRepository } from '../support/lab-repository.ts';
import { Machine } from '../support/lifeboat.ts';
import { keptSoFar, type Receiver, startReceiver } from '../support/receiver.ts';
import { Restored } from '../support/restored.ts';
import { until } from '../support/until.ts';

interface Route {
  readonly route: string;
  readonly reachable: boolean;
  readonly why: readonly string[];
  readonly loses: string | { readonly commits: number };
  readonly needs: readonly { readonly needed: number; readonly free: number }[];
  readonly time: { readonly took: number | null; readonly parts: readonly { readonly runs: number }[] } | null;
  readonly hurry: number | null;
  readonly commands: readonly { readonly on: string | null; readonly line: string }[];
}

interface Found {
  readonly found: { readonly is: string; readonly words?: readonly string[] };
  readonly lost: { readonly commits: number; readonly first: { readonly xid: number } } | null;
  readonly routes: readonly Route[];
}

let lab: Lab;
let machine: Machine;
let receiver: Receiver | undefined;
/** Of rows, before the mistake. */
const rows = '1 2 3';
let early: string;
let mistake: { readonly xid: string; readonly before: string; readonly lsn: string };

const sql = (node: string, text: string): Promise<string> => lab.psql(node, text);
const listed = "select coalesce(string_agg(n::text, ' ' order by n), '') from rows";
const write = (row: number): Promise<string> => sql('node1', `insert into rows values (${String(row)})`);

async function options(
  ...words: string[]
): Promise<{ readonly code: number | null; readonly said: Found; readonly err: string }> {
  const { code, stdout, stderr } = await machine.run('options', ...words, '--json');
  return { code, said: (stdout === '' ? {} : JSON.parse(stdout)) as Found, err: stderr };
}

const reachable = ({ routes }: Found): string[] => routes.filter(one => one.reachable).map(({ route }) => route);
const route = ({ routes }: Found, name: string): Route => routes.find(one => one.route === name)!;

// early ─ backup ─ 1 2 3 ─ restore point "noted" ─ TRUNCATE ─ 4 ─ 5; node2 has it all, and has replayed none of it
beforeAll(async () => {
  lab = await createLab({ nodes: 2, settings: { track_commit_timestamp: 'on', autovacuum: 'off' } });
  machine = new Machine(lab.inventoryFile);
  early = await sql('node1', 'select clock_timestamp()');
  await sql('node1', 'create table rows (n int)');
  receiver = await startReceiver(machine);
  const backup = await machine.run('backup', '--from', 'node1');
  expect(backup.code, backup.stderr).toBe(0);
  await until(
    async () => (await sql('node2', "select to_regclass('rows') is not null")) === 't',
    'node2 has the table',
  );
  await sql('node2', "alter system set recovery_min_apply_delay = '1h'");
  await sql('node2', 'select pg_reload_conf()');
  await until(async () => (await sql('node2', 'show recovery_min_apply_delay')) === '1h', 'node2 is late');
  for (const row of [1, 2, 3]) await write(row);
  await sql('node1', "select pg_create_restore_point('noted')");
  const before = await sql('node1', 'select clock_timestamp()');
  const said = await sql(
    'node1',
    'begin; select pg_current_xact_id(), pg_current_wal_insert_lsn(); truncate rows; commit',
  );
  const [xid = '', lsn = ''] = said.split('|');
  mistake = { xid, before, lsn };
  await write(4);
  await write(5);
  await keptSoFar(lab, 'node1', await labRepository(lab));
  const flushed = await sql('node1', 'select pg_current_wal_flush_lsn()');
  await until(
    async () => (await sql('node2', `select pg_last_wal_receive_lsn() >= '${flushed}'`)) === 't',
    'node2 has received it all',
  );
});

afterAll(async () => {
  await receiver?.stop();
  machine.remove();
  await lab.destroy();
});

describe('the ways back to just before the mistake', () => {
  it('is the same place by transaction, time, LSN and name: who can go there, and what is lost', async () => {
    const targets = [
      ['--to-xid', mistake.xid, '--exclusive'],
      ['--to-time', mistake.before],
      ['--to', 'noted'],
      ['--to', mistake.before],
      ['--to', mistake.lsn],
    ];
    for (const words of targets) {
      const { code, said, err } = await options(...words, '--table', 'public.rows');
      expect(code, err).toBe(0);
      expect(reachable(said), words.join(' ')).toEqual([
        ...['delayed-standby', 'beside', 'one-table', 'moved-aside', 'delta'],
      ]);
      // The mistake itself, and the two rows after it.
      expect(said.lost?.commits, words.join(' ')).toBe(3);
      expect(said.lost?.first.xid).toBe(Number(mistake.xid));
    }
  });

  it('room, time and haste: of the disks, of what was measured here, of the standby that goes on towards it', async () => {
    const { said } = await options('--to', mistake.before);
    const { needs, time } = route(said, 'moved-aside');
    expect(needs.every(({ needed, free }) => needed > 10_000_000 && free > needed)).toBe(true);
    expect(time?.took).toBeNull();
    const left = (route(said, 'delayed-standby').hurry ?? 0) / 60_000;
    expect(left).toBeGreaterThan(50);
    expect(left).toBeLessThanOrEqual(60);
  });

  it('for a person the same, with the commands whole', async () => {
    const { code, stdout } = await machine.run('options', '--to-xid', mistake.xid, '--exclusive');
    expect(code).toBe(0);
    expect(stdout).toContain(`lifeboat run pitr -p to_xid=${mistake.xid} -p exclusive=true --dry-run\n`);
    expect(stdout).toMatch(/unknown: nothing like it was run here; lifeboat rehearse/);
  });
});

describe('what cannot be reached', () => {
  it('before the backup: every reason, and the nearest place after', async () => {
    const { code, said } = await options('--to', early);
    expect(code).toBe(4);
    expect(reachable(said)).toEqual([]);
    expect(said.found.words?.join('\n')).toMatch(/is consistent only from [^]*nearest after: .*--immediate --backup/);
    expect(route(said, 'delayed-standby').why.join()).toMatch(/node2 has replayed beyond it/);
  });

  it('a place still to come: nothing is to be done', async () => {
    const tomorrow = await sql('node1', "select clock_timestamp() + interval '1 day'");
    const { code, said, err } = await options('--to', tomorrow);
    expect(code, err).toBe(0);
    expect(reachable(said)).toContain('as-it-is');
    const next = await sql('node1', 'select pg_snapshot_xmax(pg_current_snapshot())::text::bigint + 1000');
    expect(reachable((await options('--to', next)).said)).toContain('as-it-is');
  });

  it('words that are no target', async () => {
    expect((await options()).code).toBe(2);
    expect((await options('--to', mistake.xid, '--to-name', 'noted')).code).toBe(2);
    expect((await options('--to', mistake.before.replace(/[+-]\d\d$/, ''))).err).toMatch(/has no time zone/);
    await sql('node1', `select pg_create_restore_point('${mistake.xid}')`);
    await keptSoFar(lab, 'node1', await labRepository(lab));
    const { code, err } = await options('--to', mistake.xid);
    expect([code, err]).toEqual([2, expect.stringContaining(`--to-xid ${mistake.xid}, or --to-name ${mistake.xid}`)]);
  });
});

describe('gone', () => {
  it('beside, as it was printed; from then on it is known how long a restore takes', async () => {
    const place = new Restored(lab);
    try {
      const { said } = await options('--to-xid', mistake.xid, '--exclusive', '--into', place.data);
      const [command] = route(said, 'beside').commands;
      const done = await machine.run(...command!.line.split(' ').slice(1));
      expect(done.code, done.stderr).toBe(0);
      expect((await place.start()).code, place.log).toBe(0);
      await place.recovered();
      expect(await place.ask(listed)).toBe(rows);
    } finally {
      await place.remove();
    }
    const after = route((await options('--to', mistake.before)).said, 'beside').time;
    expect(after?.parts.map(({ runs }) => runs)).toEqual([1, 0]);
    const status = JSON.parse((await machine.run('status', '--json')).stdout) as {
      proven: { book: string; size: number; on: string; predicted: number }[];
    };
    expect(status.proven).toMatchObject([{ book: 'restore', on: 'here', failed: null }]);
    expect(status.proven[0]!.predicted).toBeGreaterThan(0);
    const lines = (await machine.run('status')).stdout.replaceAll(/\s+/g, ' ');
    expect(lines).toMatch(/proven: restore \S+ \S+ UTC \(run\): [^;]+ with [\d.]+ MB; today about /);
  });

  it('over the delayed standby, command by command: it stops there, and can be read', async () => {
    const { said } = await options('--to-xid', mistake.xid, '--exclusive');
    for (const { on, line } of route(said, 'delayed-standby').commands) {
      expect(on).toBe('node2');
      const done = await run(['sh', '-c', line], { as: lab.programs.as, within: seconds(90) });
      expect(done.code, `${line}\n${done.stderr}`).toBe(0);
    }
    await until(async () => (await sql('node2', 'select pg_is_wal_replay_paused()')) === 't', 'it pauses');
    expect(await sql('node2', listed)).toBe(rows);
    expect(await sql('node2', 'select pg_is_in_recovery()')).toBe('t');
    // What lies ahead of it can still be had of it, and what lies behind no more.
    const second = await sql('node2', 'select pg_xact_commit_timestamp(xmin) from rows where n = 2');
    expect(route((await options('--to', 'noted')).said, 'delayed-standby').why).toEqual([]);
    const { why } = route((await options('--to-time', second, '--exclusive')).said, 'delayed-standby');
    expect(why.join()).toMatch(/^node2 has replayed beyond it, up to /);
  });
});
