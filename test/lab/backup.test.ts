// Base backups of a real cluster under load, as a user takes them: every file as the server's own manifest has it, and nothing left of those that fail.

import {
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
  closeSync,
  fsyncSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../src/drivers/process.ts';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { labFiles } from '../../src/lab/layout.ts';
import { Load } from '../../src/lab/load.ts';
import { give } from '../../src/lab/ownership.ts';
import { promote } from '../../src/lab/promote.ts';
import type { Backup } from '../../src/repo/backup.ts';
import { listBackups } from '../../src/repo/catalog.ts';
import { findOrphans } from '../../src/repo/orphans.ts';
import { seconds } from '../../src/time.ts';
import { labRepository } from '../support/lab-repository.ts';
import { Machine, type Said } from '../support/lifeboat.ts';
import { reassemble } from '../support/reassemble.ts';
import { until } from '../support/until.ts';

let lab: Lab;
let machine: Machine;
let room: string;

beforeAll(async () => {
  lab = await createLab({ nodes: 2 });
  room = mkdtempSync(join(process.env['LIFEBOAT_TEST_ROOT'] ?? tmpdir(), 'backup-'));
  machine = new Machine(lab.inventoryFile);
});

afterAll(async () => {
  machine.remove();
  await lab.destroy();
  rmSync(room, { recursive: true, force: true });
});

const sql = (text: string, node = 'node1'): Promise<string> => lab.psql(node, text, seconds(60));

async function take(...options: string[]): Promise<{ said: Said; backup: Backup }> {
  const said = await machine.run('backup', '--json', ...options);
  expect(said.code, said.stderr).toBe(0);
  return { said, backup: (await listBackups(await labRepository(lab))).at(-1)! };
}

/** Put together again from the repository, and compared with backup_manifest by PostgreSQL itself. */
async function verified(backup: Backup): Promise<void> {
  const into = mkdtempSync(join(room, 'reassembled-'));
  await reassemble(await labRepository(lab), backup, into);
  const ended = await run([`${lab.description.bin}/pg_verifybackup`, '-n', into], { within: seconds(120) });
  expect(ended.code, ended.stderr).toBe(0);
  rmSync(into, { recursive: true });
}

/** What is visible, and that nothing else lies there. */
async function catalogue(): Promise<string[]> {
  const repo = await labRepository(lab);
  expect(await findOrphans(repo)).toEqual([]);
  return (await listBackups(repo)).map(({ id }) => id);
}

/** Starts a slow one, and calls back as soon as its bytes flow. */
async function disturbed(
  options: readonly string[],
  harm: (kill: (signal: NodeJS.Signals) => void) => unknown,
): Promise<Said> {
  const { child, ended } = machine.start([
    'backup',
    ...(options.includes('--rate') ? [] : ['--rate', '2MB']),
    ...options,
  ]);
  let heard = '';
  child.stderr!.on('data', (piece: Buffer) => (heard += piece.toString()));
  await until(() => heard.includes('reading about') || child.exitCode !== null, 'the backup begins', 60_000);
  await harm(signal => child.kill(signal));
  return ended;
}

test('from the standby and from the primary, while tables come, go and are rewritten', async () => {
  const load = await Load.start(lab, lab.node('node1'), { pgbench: 2, scale: 2 });
  const over = new AbortController();
  const churn = (async () => {
    await sql('create table rewritten as select i, repeat($$x$$, 300) from generate_series(1, 20000) i');
    while (!over.signal.aborted) {
      await sql('create table coming as select i from generate_series(1, 5000) i');
      await sql('truncate coming; vacuum full rewritten');
      await sql('drop table coming');
    }
  })();
  try {
    const standby = await take();
    expect(standby.backup).toMatchObject({ status: 'ok', from: 'node2', role: 'standby' });
    const primary = await take('--from', 'primary', '--label', 'unter Last', '--compress', 'gzip');
    expect(primary.backup).toMatchObject({ status: 'ok', from: 'node1', role: 'primary', label: 'unter Last' });
    expect(primary.backup.blocks.same).toBeGreaterThan(100);
    for (const { backup } of [standby, primary]) await verified(backup);
  } finally {
    over.abort();
    await churn;
    await load.stop();
  }
  const listed = JSON.parse((await machine.run('backups', '--json')).stdout) as {
    backups: { reaches: { lsn: string } | null }[];
  };
  expect(listed.backups.map(({ reaches }) => reaches?.lsn)).toEqual([
    expect.stringMatching(/^0\//),
    expect.stringMatching(/^0\//),
  ]);
  const [first, second] = await catalogue();
  const text = (await machine.run('backups')).stdout;
  expect(text).toMatch(new RegExp(`${first}[^]*${second}`));
  expect((await machine.run('backup', 'show', 'last')).stdout).toContain('label');
  const files = (await machine.run('backup', 'files', first!, '--json')).stdout.trim().split('\n');
  expect(files.map(line => (JSON.parse(line) as { path: string }).path)).toContain('global/pg_control');
  expect(await machine.run('backup', 'delete', second!)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('is deleted') as string,
  });
  expect(await machine.run('backup', 'delete', first!)).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('is the last one') as string,
  });
  expect(await catalogue()).toEqual([first]);
});

test('a second backup after 1 % of the pages changed adds at most 3 % of the first one', async () => {
  // The load of the story before left work for autovacuum, which would change pages of its own between the two.
  await sql('alter system set autovacuum = off; select pg_reload_conf()');
  await sql(`create table noise (i int primary key, b text, n int) with (fillfactor = 50, autovacuum_enabled = off);
             alter table noise alter b set storage plain;
             insert into noise select i, (select string_agg(md5(random()::text || i || j), '') from generate_series(1, 110) j), 0
               from generate_series(1, 6000) i;
             vacuum (freeze, analyze); checkpoint`);
  rmSync(labFiles(lab.directory).repository, { recursive: true });
  const { backup: first } = await take('--from', 'node1');
  await sql(
    'update noise set n = 1 where i in (select (random() * 6000)::int from generate_series(1, 60)); checkpoint',
  );
  const { backup: second } = await take('--from', 'node1');
  expect(second.blocks.patched).toBeGreaterThan(10);
  expect(second.added / first.added).toBeLessThan(0.03);
  await verified(second);
  await verified(first);
});

test('killed, interrupted or cut off in the middle it leaves nothing to be seen, and the next one is clean', async () => {
  await take();
  const before = await catalogue();
  const killed = await disturbed([], kill => kill('SIGKILL'));
  expect(killed.signal).toBe('SIGKILL');
  expect(await listBackups(await labRepository(lab))).toHaveLength(before.length);
  const interrupted = await disturbed([], kill => kill('SIGINT'));
  expect(interrupted.code, interrupted.stderr).toBe(130);
  const terminate =
    "select count(pg_terminate_backend(pid)) from pg_stat_replication where application_name = 'lifeboat_backup'";
  const cut = await disturbed(['--from', 'primary'], () =>
    until(async () => (await sql(terminate)) === '1', 'its walsender is ended'),
  );
  expect(cut.code, cut.stderr).toBe(5);
  expect(cut.stderr).toContain('node1');
  expect(await catalogue()).toEqual(before);
  await verified((await take()).backup);
  expect(await catalogue()).toHaveLength(before.length + 1);
});

test('a page whose checksum is wrong makes the backup failed: it is kept, and never built upon', async () => {
  await sql('create table damaged as select repeat($$x$$, 500) from generate_series(1, 1000); checkpoint');
  flip(join(lab.node('node1').data, await sql("select pg_relation_filepath('damaged')")), 8192 * 3 + 5000);
  const said = await machine.run('backup', '--from', 'primary');
  expect(said.code, said.stderr).toBe(10);
  expect(said.stdout).toContain('never offered for a restore');
  expect((await machine.run('backups')).stdout).toMatch(/failed: .*checksum/);
  await sql('drop table damaged; checkpoint');
  const { backup } = await take('--from', 'primary');
  expect(backup.status).toBe('ok');
  await verified(backup);
});

test('a standby that is promoted in mid-backup gives none', async () => {
  const before = await catalogue();
  const said = await disturbed(['--from', 'node2', '--rate', '16MB'], () => promote(lab, lab.node('node2')));
  expect(said.code, said.stderr).toBe(4);
  expect(said.stderr).toContain('promoted');
  expect(await catalogue()).toEqual(before);
});

// node2 is the primary by now, on timeline 2.
test('tablespaces, empty files, and names of every kind', async () => {
  const { data } = lab.node('node2');
  const place = join(lab.directory, 'node2', 'space for tables');
  mkdirSync(place);
  give(place, lab.user);
  await sql(`create tablespace far location '${place}'`, 'node2');
  await sql('create table elsewhere tablespace far as select i from generate_series(1, 30000) i; checkpoint', 'node2');
  for (const name of ['empty', 'mit Leerzeichen und ü', Buffer.from([0x66, 0xfc, 0x72])]) {
    const file = Buffer.concat([Buffer.from(`${data}/`), Buffer.from(name as string)]);
    writeFileSync(file, name === 'empty' ? '' : 'x', { mode: 0o600 });
    give(file as unknown as string, lab.user);
  }
  const { backup } = await take('--from', 'node2');
  expect(backup.tablespaces).toMatchObject([{ location: place }]);
  await verified(backup);
});

/** As a disk does it, behind the server's back. */
function flip(file: string, at: number): void {
  const handle = openSync(file, 'r+');
  const byte = Buffer.alloc(1);
  readSync(handle, byte, 0, 1, at);
  byte[0]! ^= 0xff;
  writeSync(handle, byte, 0, 1, at);
  fsyncSync(handle);
  closeSync(handle);
}
