// The operator who truncated the wrong table: back to just before it with the standby's backup, taken back, done again, and once more to a later moment.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { labFiles } from '../../src/lab/layout.ts';
import { Machine, type Said } from '../support/lifeboat.ts';
import { until } from '../support/until.ts';

let lab: Lab;
let machine: Machine;
/** Of the TRUNCATE. */
let mistake: { readonly xid: string; readonly time: string };
/** A moment between two rows. */
let early: string;

const sql = (node: string, text: string): Promise<string> => lab.psql(node, text);
const rows = (node: string): Promise<string> =>
  sql(node, "select coalesce(string_agg(n::text, ' ' order by n), '') from rows");
const write = (n: number): Promise<string> => sql('node1', `insert into rows values (${String(n)})`);
const timeline = (node: string): Promise<string> =>
  sql(
    node,
    `select coalesce((select received_tli from pg_stat_wal_receiver), timeline_id) from pg_control_checkpoint()`,
  );

//  backup of node2 ── rows 1 to 4 ── TRUNCATE ── row 9
beforeAll(async () => {
  lab = await createLab({ nodes: 2, settings: { track_commit_timestamp: 'on', autovacuum: 'off' } });
  machine = new Machine(lab.inventoryFile);
  await sql('node1', 'create table rows (n int)');
  await write(1);
  const said = await machine.run('backup', '--from', 'node2');
  expect(said.code, said.stderr).toBe(0);
  await write(2);
  await sql('node1', 'select pg_switch_wal()');
  await write(3);
  early = await sql('node1', 'select clock_timestamp()');
  await write(4);
  const xid = await sql('node1', 'begin; truncate rows; select pg_current_xact_id(); commit');
  mistake = { xid, time: await sql('node1', `select pg_xact_commit_timestamp('${xid}'::xid)`) };
  await write(9);
  await until(async () => (await rows('node2')) === '9', 'the standby has the mistake too');
});

afterAll(async () => {
  machine.remove();
  await lab.destroy();
});

const before = (): string[] => ['-p', `to_xid=${mistake.xid}`, '-p', 'exclusive=true'];
const pitr = (...options: string[]): Promise<Said> => machine.run('run', 'pitr', ...options);
const flat = (text: string): string => text.replaceAll(/\s+/g, ' ');
const runIn = ({ stderr }: Said): string => /\brun (\S+-pitr-\w+)/.exec(stderr)?.[1] ?? '';
const asideOn = (node: string): string[] => {
  const day = readdirSync(lab.node(node).broken);
  return day.flatMap(one => readdirSync(`${lab.node(node).broken}/${one}`)).sort();
};

describe('the dry run', () => {
  it('shows what is known after the rescue, and the loss; nothing is changed', async () => {
    const said = await pitr(...before(), '--dry-run');
    expect(said.code, said.stdout + said.stderr).toBe(0);
    const text = flat(said.stdout);
    expect(text).toMatch(/leads to transaction \d+ known after step 5/);
    expect(text).toContain(`tells of a pitr that stops before transaction ${mistake.xid}`);
    expect(text).toMatch(/commit point.*Lost at most: .*MB/);
    expect(await rows('node1')).toBe('9');
  });

  it('lists every refusal at once, in the words of the book', async () => {
    const future = await pitr('-p', 'to_time=2999-01-01 00:00:00+00', '--dry-run');
    expect(future.code, future.stdout).toBe(4);
    expect(flat(future.stdout)).toContain('expected a time that is past');
    // It waits for a restart: whoever asks the server is told "replica".
    await sql('node1', "alter system set wal_level = 'minimal'");
    const low = await pitr('-p', 'to_time=2026-11-21 16:45:04', '--dry-run');
    await sql('node1', 'alter system reset wal_level');
    expect(low.code, low.stdout).toBe(4);
    expect(flat(low.stdout)).toContain('has no time zone');
    expect(flat(low.stdout)).toContain('the configuration of node1 has wal_level = minimal');
    const nothing = await pitr('--dry-run');
    expect(nothing.code, nothing.stdout).toBe(4);
    expect(flat(nothing.stdout)).toContain('nothing says where the recovery shall end');
  });
});

describe('too early, found by looking at the data', () => {
  let run: string;

  it('stops before there is no way back', async () => {
    const said = await pitr(
      ...['-p', `to_time=${early}`, '-p', 'check=select count(*) from rows', '-p', 'expect=4'],
      ...['--yes', '--accept-loss', 'unknown'],
    );
    run = runIn(said);
    expect(said.code, said.stderr).toBe(10);
    expect(flat(said.stderr)).toContain("found '3'");
    expect(await rows('node1')).toBe('1 2 3');
    expect(await sql('node1', 'show archive_mode')).toBe('off');
  });

  it('and everything is put back, the mistake with it', async () => {
    const said = await machine.run('undo', run, '--yes');
    expect(said.code, said.stderr).toBe(0);
    expect(await rows('node1')).toBe('9');
    expect(await timeline('node1')).toBe('1');
    await until(async () => (await rows('node2')) === '9', 'the standby follows as before');
    expect(await sql('node1', 'show archive_mode')).not.toBe('off');
    // What was restored is not deleted either.
    expect(asideOn('node1')).toEqual(['restored-data', 'restored-pg_wal']);
  });
});

describe('back to just before the mistake', () => {
  it('the rows are there, and both are on the new timeline', async () => {
    const said = await pitr(...before(), '--yes', '--accept-loss', 'unknown');
    expect(said.code, said.stderr).toBe(0);
    expect(flat(said.stderr)).toContain(`recovery stopping before commit of transaction ${mistake.xid}`);
    expect(await rows('node1')).toBe('1 2 3 4');
    await until(async () => (await rows('node2')) === '1 2 3 4', 'the standby has them');
    expect([await timeline('node1'), await timeline('node2')]).toEqual(['2', '2']);
  });

  it('nothing of the recovery is left: what is committed after the target reaches the standby', async () => {
    await write(5);
    await until(async () => (await rows('node2')) === '1 2 3 4 5', 'the standby streams on');
    expect(await sql('node2', 'select pg_is_in_recovery()')).toBe('t');
    for (const node of ['node1', 'node2']) {
      expect(
        await sql(
          node,
          "select count(*) from pg_settings where name ~ '^recovery_target(_time|_xid|_lsn|_name)?$' and setting <> ''",
        ),
      ).toBe('0');
      expect(readFileSync(`${lab.node(node).data}/postgresql.auto.conf`, 'utf8')).not.toMatch(
        /recovery_target_(xid|time) = '[^']/,
      );
    }
    expect(existsSync(`${lab.node('node1').data}.conf`)).toBe(false);
  });

  it('archiving is armed, and what was there lies aside', async () => {
    expect(await sql('node1', 'show archive_mode')).not.toBe('off');
    await sql('node1', 'select pg_switch_wal()');
    await until(
      async () => (await sql('node1', 'select last_archived_wal from pg_stat_archiver')).startsWith('00000002'),
      'it archives',
    );
    expect(asideOn('node1')).toEqual(['data', 'pg_wal', 'restored-data', 'restored-pg_wal']);
    expect(asideOn('node2')).toEqual(expect.arrayContaining(['data', 'pg_wal']));
  });
});

describe('once more, to a later moment than the first time', () => {
  it('latest is no word for it while nothing of the new timeline is kept: it says what is', async () => {
    const said = await pitr('-p', `to_xid=${mistake.xid}`, '--dry-run');
    expect(said.code, said.stdout).toBe(4);
    expect(flat(said.stdout)).toContain('say which: -p timeline=1 or -p timeline=2');
  });

  it('with its own timeline the mistake is there again, and the row after it', async () => {
    // Just after the mistake: nobody wants that, and it shows that no timeline is mixed up.
    const said = await pitr('-p', `to_xid=${mistake.xid}`, '-p', 'timeline=1', '--yes', '--accept-loss', 'unknown');
    expect(said.code, said.stderr).toBe(0);
    expect(await rows('node1')).toBe('');
    await until(async () => (await rows('node2')) === '', 'the standby as well');
    expect([await timeline('node1'), await timeline('node2')]).toEqual(['3', '3']);
  });
});

describe('a backup that is damaged', () => {
  it('is found by reading it, before anything is stopped', async () => {
    const packs = `${labFiles(lab.directory).repository}/clusters/main/packs`;
    for (const name of readdirSync(packs)) {
      const bytes = readFileSync(`${packs}/${name}`);
      bytes[bytes.length >> 1]! ^= 1;
      writeFileSync(`${packs}/${name}`, bytes);
    }
    const said = await pitr(...before(), '-p', 'timeline=1', '--yes', '--accept-loss', 'unknown');
    expect(said.code, said.stderr).toBe(4);
    expect(flat(said.stderr)).toContain('backup-whole, for step');
    expect(await sql('node1', 'select pg_is_in_recovery()')).toBe('f');
  });
});
