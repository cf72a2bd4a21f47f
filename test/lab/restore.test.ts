// A backup and its WAL become a server again: on this machine and over SSH, whole and by what differs; and what is half done or damaged is never started.

import {
  closeSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/drivers/process.ts';
import { makeSite } from '../../src/drivers/site.ts';
import { RunLock } from '../../src/engine/lock.ts';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { labFiles } from '../../src/lab/layout.ts';
import { give, makeDirectories } from '../../src/lab/ownership.ts';
import { stopServer } from '../../src/lab/server.ts';
import type { NodeName } from '../../src/ports.ts';
import type { Backup } from '../../src/repo/backup.ts';
import type { ClusterRepository } from '../../src/repo/repository.ts';
import { seconds } from '../../src/time.ts';
import { backupOf, catchUp, makeRepository } from '../support/kept.ts';
import { clusterOfLab } from '../support/lab-look.ts';
import { Machine } from '../support/lifeboat.ts';
import { freePort } from '../support/sshd.ts';
import { until } from '../support/until.ts';

let lab: Lab;
let machine: Machine;
let repo: ClusterRepository;
let backup: Backup;
let root: string;
/** The tablespace's place on the source, and a folder of each test's own. */
let space: string;
let own: string;
let wanted: string;
let before: string;
const started: string[] = [];
const rows = 'select count(*), sum(hashtext(t.*::text)) from (select * from plain union all select * from elsewhere) t';

beforeAll(async () => {
  lab = await createLab({ nodes: 2, settings: { max_wal_size: '128MB', wal_keep_size: '0' } });
  machine = new Machine(lab.inventoryFile);
  root = mkdtempSync(join(tmpdir(), 'restore-'));
  give(root, lab.user);
  // A standby of this machine would need the tablespace at the same path.
  await stopServer(lab.node('node2'), lab.programs);
  const { directory } = lab.node('node1');
  space = `${directory}/disk5/space`;
  makeDirectories(lab.directory, space, 0o700, lab.user);
  await lab.psql(
    'node1',
    'create table plain as select n, repeat(md5(n::text), 20) as t from generate_series(1, 40000) n',
  );
  // Else the first reader afterwards would set hint bits in all of it, and all of it would differ.
  await lab.psql('node1', 'vacuum freeze plain');
  await lab.psql('node1', `create tablespace space location '${space}'`);
  await lab.psql(
    'node1',
    "create table elsewhere tablespace space as select n, 'e' || n as t from generate_series(1, 1000) n",
  );
  // Of a lab's node it lies outside of the data directory.
  cpSync(`${directory}/node.conf`, join(root, 'node.conf'));
  give(join(root, 'node.conf'), lab.user);
  repo = await makeRepository(labFiles(lab.directory).repository);
  // As the backup of a standby has it; a server that runs takes no notice.
  const signal = `${lab.node('node1').data}/standby.signal`;
  writeFileSync(signal, '');
  give(signal, lab.user);
  backup = await backupOf(lab, 'node1', repo);
  rmSync(signal);
  before = await lab.psql('node1', rows);
  await lab.psql('node1', "select pg_create_restore_point('before the mistake')");
  await lab.psql('node1', "insert into elsewhere values (0, 'after the backup')");
  await catchUp(lab, 'node1', repo);
  wanted = await lab.psql('node1', rows);
});

afterAll(async () => {
  machine.remove();
  await lab.destroy();
  rmSync(root, { recursive: true, force: true });
});

beforeEach(() => {
  own = mkdtempSync(join(root, 'own-'));
  give(own, lab.user);
});

afterEach(async () => {
  for (const data of started.splice(0)) await pg('pg_ctl', '-D', data, '-m', 'immediate', '-w', 'stop');
  rmSync(own, { recursive: true, force: true });
});

const pg = (program: string, ...args: string[]) =>
  run([`${lab.programs.bin}/${program}`, ...args], { as: lab.user.as, within: seconds(60) });

const into = (data: string, ...more: string[]): string[] => [
  ...['restore', '--into', data, '--tablespace', `${space}=${own}/space`],
  ...more,
];

interface Done {
  readonly mode: string;
  readonly written: number;
  readonly same: number;
  readonly removed: number;
  readonly aside: string | null;
}

async function restored(args: readonly string[]): Promise<Done> {
  const said = await machine.run(...args, '--json', '--yes');
  expect(said.code, said.stdout + said.stderr).toBe(0);
  return JSON.parse(said.stdout) as Done;
}

async function verified(data: string): Promise<void> {
  const said = await pg('pg_verifybackup', '-n', '-i', 'tablespace_map', data);
  expect(said.stderr + said.stdout).toContain('backup successfully verified');
}

async function start(data: string): Promise<string> {
  const port = String(await freePort('127.0.0.1'));
  const options = `-p ${port} -k ${own} -c listen_addresses='' -c ssl=off -c cluster_name=copy -c archive_command=false`;
  const log = `${own}/log`;
  started.push(data);
  const said = await pg('pg_ctl', '-D', data, '-l', log, '-o', options, '-w', '-t', '60', 'start');
  expect(said.code, existsSync(log) ? readFileSync(log, 'utf8').slice(-3000) : said.stderr).toBe(0);
  return port;
}

async function ask(port: string, sql: string): Promise<string> {
  const said = await pg('psql', '-XAtq', '-h', own, '-p', port, '-U', 'postgres', '-d', 'postgres', '-c', sql);
  return said.code === 0 ? said.stdout.trim() : said.stderr;
}

/** Starts it, waits for the end of recovery, and looks at the rows. */
async function lives(data: string): Promise<void> {
  const port = await start(data);
  await expect.poll(() => ask(port, 'select pg_is_in_recovery()'), { timeout: 30_000 }).toBe('f');
  expect(await ask(port, rows)).toBe(wanted);
  expect(await ask(port, 'show archive_mode')).toBe('off');
  expect(existsSync(`${data}/pg_wal/lifeboat`)).toBe(false);
  const checked = await pg(
    'pg_amcheck',
    '-h',
    own,
    '-p',
    port,
    '-U',
    'postgres',
    '--install-missing',
    '-d',
    'postgres',
  );
  expect(checked.stderr + checked.stdout).toBe('');
}

async function stops(): Promise<void> {
  await pg('pg_ctl', '-D', started.pop() ?? '', '-m', 'fast', '-w', 'stop');
}

async function neverStarts(data: string): Promise<void> {
  const port = await freePort('127.0.0.1');
  const said = await pg('pg_ctl', '-D', data, '-l', `${own}/log`, '-o', `-k ${own} -p ${String(port)}`, '-w', 'start');
  expect(said.code).not.toBe(0);
  expect(existsSync(`${data}/global/pg_control`)).toBe(false);
}

describe('on this machine', () => {
  it('into a new directory: verified, started, every row there, those of the unfinished segment too', async () => {
    const data = `${own}/data`;
    const dry = await machine.run(...into(data, '--dry-run'));
    expect(dry.code, dry.stderr).toBe(0);
    const shown = dry.stdout.replaceAll(/\s+/g, ' ');
    expect(shown).toMatch(/WAL \d segments.* \(unfinished: 0000000100000000000000\w\w\)/);
    expect(shown).toMatch(/tablespace \S*disk5\/space → \S*\/space/);
    expect(shown).toContain("recovery_target_timeline = '1'");
    expect(existsSync(data)).toBe(false);

    const said = await machine.run(...into(data));
    expect(said.code, said.stderr).toBe(0);
    expect(said.stdout).toMatch(/^restored \S+ from\s+backup [^]*Next:\n.*pg_verifybackup -n [^]*pg_ctl .* start$/m);
    expect(lstatSync(data).mode & 0o777).toBe(0o700);
    expect(readlinkSync(`${data}/pg_tblspc/${backup.tablespaces[0]?.oid ?? ''}`)).toBe(`${own}/space`);
    expect(existsSync(`${data}/lifeboat_restore.json`)).toBe(false);
    await verified(data);
    await lives(data);
  });

  it('to a restore point, paused there: what came afterwards is not there, and it is read-only', async () => {
    const data = `${own}/data`;
    await restored(into(data, '--to-name', 'before the mistake', '--action', 'pause'));
    const port = await start(data);
    await expect.poll(() => ask(port, 'select pg_get_wal_replay_pause_state()'), { timeout: 30_000 }).toBe('paused');
    expect(await ask(port, rows)).toBe(before);
  });

  it('over what is there: only what differs is written, what is too much goes, former WAL is kept', async () => {
    const [data, wal] = [`${own}/data`, `${own}/wal`];
    const args = into(data, '--wal-into', wal);
    await restored(args);
    await lives(data);
    await stops();
    damage(biggest(data), 3 * 1024 * 1024 + 17);
    rmSync(`${data}/global/pg_filenode.map`);
    writeFileSync(`${data}/base/left-over`, 'x');
    writeFileSync(`${data}/PG_VERSION`, '15\n\n\n');

    const asked = await machine.run(...args);
    expect([asked.code, asked.stdout]).toEqual([20, '']);
    const { mode, written, same, removed, aside } = await restored(args);
    expect(mode).toBe('delta');
    expect(same).toBeGreaterThan(backup.size / 2);
    expect(written).toBeLessThan(backup.size / 2 + 2 * backup.segmentSize);
    expect(removed).toBeGreaterThan(0);
    expect(existsSync(`${data}/base/left-over`)).toBe(false);
    expect(aside).toMatch(`${wal}/lifeboat-before-`);
    expect(readdirSync(aside ?? '').join()).toMatch(/0000000200000000000000/);
    await verified(data);
    await lives(data);
  });

  it('a directory of another cluster, one that is none, and a running server are left as they are', async () => {
    const foreign = `${own}/foreign`;
    await pg('initdb', '-N', '-D', foreign, '-A', 'trust', '-U', 'postgres');
    const refused = async (args: readonly string[]): Promise<string> => {
      const said = await machine.run(...args, '--yes');
      expect(said.code, said.stderr).toBe(4);
      return said.stderr.replaceAll(/\s+/g, ' ');
    };
    const was = listing(foreign);
    expect(await refused(into(foreign))).toMatch(
      new RegExp(`holds another cluster: system identifier \\d+.*${backup.systemId}`),
    );
    expect(listing(foreign)).toEqual(was);
    rmSync(`${foreign}/global/pg_control`);
    expect(await refused(into(foreign))).toContain('is no data directory of any cluster');
    expect(await refused(into(lab.node('node1').data))).toMatch(/a server runs on \S*node1\/disk1\/data \(pid \d+\)/);
    expect(await lab.psql('node1', rows)).toBe(wanted);
    // Where it is not said where its tablespace shall lie, that of the source would be written over.
    expect(await refused(['restore', '--into', `${own}/new`])).toMatch(
      /a server runs on \S*disk5\/space .*holds PG_15/,
    );
    expect(existsSync(`${own}/new`)).toBe(false);
  });

  it('killed in the middle: no server starts from it, and the second time goes on from there', async () => {
    const data = `${own}/data`;
    const { child, ended } = machine.start(into(data));
    await until(() => existsSync(`${data}/base/5`) && readdirSync(`${data}/base/5`).length > 20, 'half of it is there');
    child.kill('SIGKILL');
    expect((await ended).signal).toBe('SIGKILL');
    await neverStarts(data);
    const { mode, same } = await restored(into(data));
    expect(mode).toBe('resume');
    expect(same).toBeGreaterThan(0);
    await verified(data);
    await lives(data);
  });

  it('a bit flipped in a pack: the file and the backup are named, and no server starts from it', async () => {
    const copy = join(own, 'damaged');
    cpSync(repo.where, copy, { recursive: true });
    const [pack = ''] = readdirSync(join(copy, 'clusters/main/packs')).sort();
    const file = join(copy, 'clusters/main/packs', pack);
    damage(file, Math.floor(lstatSync(file).size / 2));
    const inventory = join(own, 'lifeboat.yaml');
    writeFileSync(inventory, readFileSync(lab.inventoryFile, 'utf8').replace(repo.where, copy));
    const data = `${own}/data`;
    const said = await machine.run(...into(data, '--inventory', inventory));
    expect(said.code).toBe(10);
    const named = `the repository is damaged: \\S+ of backup ${backup.id} cannot be had; clusters/main/packs/${pack}`;
    expect(said.stderr.replaceAll(/\s+/g, ' ')).toMatch(new RegExp(named));
    expect(said.stderr).toContain('lifeboat restore --backup ID');
    await neverStarts(data);
  });
});

describe('on a node, over SSH', () => {
  it('whose disks are empty, then by what differs; at last as a standby that is started', async () => {
    const node = lab.node('node2');
    const on = (...more: string[]): string[] => [
      'restore',
      '--on',
      'node2',
      '--tablespace',
      `${space}=${own}/space`,
      ...more,
    ];
    await run(['rm', '-rf', node.data, node.wal], { within: seconds(30) });
    const busy = await whileRunHolds('node2', () => machine.run(...on('--yes')));
    expect(busy.code).toBe(6);
    expect(busy.stderr).toContain('another run holds the cluster');
    expect(existsSync(node.data)).toBe(false);
    const first = await restored(on());
    expect(first.mode).toBe('new');
    expect(first.written).toBeGreaterThan(backup.size);
    expect(readlinkSync(`${node.data}/pg_wal`)).toBe(node.wal);
    await verified(node.data);
    await lives(node.data);
    await stops();
    damage(biggest(node.data), 3 * 1024 * 1024 + 17);
    writeFileSync(`${node.data}/base/left-over`, 'x');

    const rival = await machine.run(...on('--yes', '--start'));
    expect(rival.code).toBe(4);
    expect(rival.stderr.replaceAll(/\s+/g, ' ')).toMatch(/node1 is a primary, and what --start brings up on node2/);
    expect(existsSync(`${node.data}/base/left-over`)).toBe(true);

    const { mode, written, same } = await restored(on('--as-standby', '--start'));
    expect(mode).toBe('delta');
    expect(same).toBeGreaterThan(backup.size * 0.8);
    expect(written).toBeLessThan(backup.size * 0.2 + 2 * backup.segmentSize);
    expect(existsSync(`${node.data}/base/left-over`)).toBe(false);
    const streaming =
      "select count(*) from pg_stat_replication where application_name = 'node2' and state = 'streaming'";
    await until(async () => (await lab.psql('node1', streaming)) === '1', 'node2 streams', 30_000);
    expect(await lab.psql('node2', rows)).toBe(wanted);
  });
});

async function whileRunHolds<T>(on: string, act: () => Promise<T>): Promise<T> {
  const site = makeSite(clusterOfLab(lab));
  const run = { run: 'a-rejoin', book: 'rejoin', former: null, takeOver: false };
  const lock = await RunLock.take(site, [on as NodeName], run);
  expect(lock.held).toEqual([on]);
  return act().finally(async () => {
    await lock.release();
    await site.close();
  });
}

function biggest(data: string): string {
  const base = `${data}/base`;
  const files = readdirSync(base).flatMap(db =>
    lstatSync(join(base, db)).isDirectory() ? readdirSync(join(base, db)).map(name => join(base, db, name)) : [],
  );
  return files.sort((a, b) => lstatSync(b).size - lstatSync(a).size)[0] ?? '';
}

function damage(file: string, at: number): void {
  const handle = openSync(file, 'r+');
  const byte = Buffer.alloc(1);
  readSync(handle, byte, 0, 1, at);
  byte[0] = (byte[0] ?? 0) ^ 1;
  writeSync(handle, byte, 0, 1, at);
  closeSync(handle);
}

const listing = (directory: string): string[] => (readdirSync(directory, { recursive: true }) as string[]).sort();
