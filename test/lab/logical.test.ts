// A logical backup and the way back from it: everything lost, everything there again, and what is refused before anything is touched.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/drivers/process.ts';
import { endProcesses } from '../../src/lab/destroy.ts';
import { createLab, type Lab, type LabNode, type LabOptions } from '../../src/lab/lab.ts';
import { give } from '../../src/lab/ownership.ts';
import { type Process, processesOf } from '../../src/lab/processes.ts';
import { startServer, stopServer } from '../../src/lab/server.ts';
import { seconds } from '../../src/time.ts';
import { flat } from '../support/branches.ts';
import { ask, fill, holdings, oddNames } from '../support/dumped.ts';
import { Machine, type Said } from '../support/lifeboat.ts';
import { until } from '../support/until.ts';

let lab: Lab;
let machine: Machine;
const restore = (from: string, ...more: string[]): Promise<Said> =>
  machine.run('run', 'restore-logical', '-p', `from=${from}`, '--bind', 'primary=node1', ...more);

/** All files below, with their modes. */
const modesIn = (directory: string): number[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).map(
    name => statSync(`${directory}/${name}`).mode & 0o077,
  );

async function shell(text: string, ...args: string[]): Promise<void> {
  const ended = await run(['sh', '-ec', text, 'sh', ...args], { as: lab.user.as, within: seconds(60) });
  expect(ended.code, ended.stderr).toBe(0);
}

async function backup(on: string, ...more: string[]): Promise<string> {
  const said = await machine.run('run', 'backup-logical', '--bind', `node=${on}`, '--yes', ...more);
  expect(said.code, said.stdout + said.stderr).toBe(0);
  const root = lab.node(on).backup;
  const days = readdirSync(root).filter(day => existsSync(`${root}/${day}/logical`));
  return `${root}/${days.sort().at(-1)!}/logical`;
}

const lastRun = async (): Promise<string> =>
  (await machine.run('runs', '--json')).stdout.match(/restore-logical-[\w-]+/g)!.at(-1)!;

async function make(nodes: number, options: Partial<LabOptions> = {}): Promise<void> {
  lab = await createLab({ nodes, ...options });
  machine = new Machine(lab.inventoryFile);
}

async function unmake(): Promise<void> {
  machine.remove();
  await lab.destroy();
}

describe('one server', () => {
  let node: LabNode;
  let space: string;
  let dump: string;
  let before: Awaited<ReturnType<typeof holdings>>;

  beforeAll(async () => {
    await make(1);
    node = lab.node('node1');
    space = `${node.directory}/disk5/space`;
    mkdirSync(space, { recursive: true });
    for (const path of [`${node.directory}/disk5`, space]) give(path, lab.user);
    await fill(lab, node, space);
    await ask(lab, node, "select pg_create_physical_replication_slot('far')");
    before = await holdings(lab, node);
  });
  afterAll(unmake);

  /** A copy of the backup, changed by hand. */
  async function changed(name: string, change: string): Promise<string> {
    const copy = `${node.backup}/${name}`;
    await shell('rm -rf "$2"; cp -a "$1" "$2"; cd "$2"; eval "$3"', dump, copy, change);
    return copy;
  }

  it('backs up every database, and nobody else can read it', async () => {
    const one = await backup('node1');
    dump = await backup('node1', '-p', 'jobs=2');
    expect(dump).not.toBe(one);
    expect(modesIn(dump).every(mode => mode === 0)).toBe(true);
    const files = readdirSync(`${one}/databases`);
    expect(files).toHaveLength(oddNames.length + 3);
    expect(files).toContain('%2D-clean');
    expect(files.every(file => statSync(`${one}/databases/${file}`).isFile())).toBe(true);
    expect(existsSync(`${dump}/databases/sales/toc.dat`)).toBe(true);
    const says = JSON.parse(readFileSync(`${dump}/backup.json`, 'utf8')) as object;
    expect(says).toMatchObject({
      leftOut: [{ name: 'closed', why: 'allows no connections' }],
      tablespaces: [{ name: 'far away', directory: space }],
      slots: [{ name: 'far', type: 'physical' }],
      altered: ['maintenance_work_mem'],
    });
    expect(readFileSync(`${dump}/globals.sql`, 'utf8')).toContain('SCRAM-SHA-256$');
    expect(readFileSync(`${dump}/configuration${node.data}/pg_hba.conf`, 'utf8')).toContain('who may connect');
  });

  it('is refused while the server runs, and all at once whatever else stands against it', async () => {
    const running = await restore(dump, '--dry-run');
    expect(running.code, running.stdout + running.stderr).toBe(4);
    expect(flat(running.stdout)).toMatch(/no process of the data directory is left on node1/);
    const damaged = await changed(
      'damaged',
      `printf x | dd of=databases/sales/toc.dat bs=1 seek=2000 conv=notrunc status=none; rm databases/two%20words/toc.dat`,
    );
    expect(flat((await restore(damaged, '--dry-run')).stdout)).toMatch(/databases\/sales\/toc\.dat: FAILED/);
    const short = await changed('short', 'sed -i "$ d" SHA256SUMS');
    expect(flat((await restore(short, '--dry-run')).stdout)).toContain('SHA256SUMS: cut short');
    const newer = await changed('newer', `sed -i 's/"version": [0-9]*/"version": 990003/' backup.json`);
    expect(flat((await restore(newer, '--dry-run')).stdout)).toMatch(
      /it is of PostgreSQL 99\.3, the programs there are \d+/,
    );
    const lost = await changed(
      'lost',
      `sed -i 's|${space}|/nowhere/space|; s/"collate": "C"/"collate": "xx_YY"/' backup.json`,
    );
    const both = flat((await restore(lost, '--dry-run')).stdout);
    expect(both).toContain('the system has no locale xx_YY');
    expect(both).toContain('/nowhere/space of the tablespace far away cannot be made: /nowhere is not there');
    const large = await changed('large', `sed -i 's/"bytes": [0-9]*/"bytes": 900000000000000/' backup.json`);
    expect(flat((await restore(large, '--dry-run')).stdout)).toMatch(/\d+ kB needed, \d+ kB free/);
    const none = await restore(`${dump}-none`, '--dry-run');
    expect(flat(none.stdout), none.stderr).toContain('there is none in');
    expect(await holdings(lab, node)).toEqual(before);
  });

  it('an error in the globals ends it, but for the role that initdb makes; an undo puts everything back', async () => {
    await stopServer(node, lab.programs);
    const wrong = await changed(
      'wrong',
      `echo 'CREATE ROLE alice;' >>globals.sql; find . -type f ! -path ./SHA256SUMS -print0 | LC_ALL=C sort -z | xargs -0 sha256sum >SHA256SUMS`,
    );
    const said = await restore(wrong, '--yes', '--json');
    expect(said.code, said.stdout + said.stderr).toBe(11);
    const line = readFileSync(`${wrong}/globals.sql`, 'utf8').trimEnd().split('\n').length;
    expect(said.stdout).toContain(`globals.sql:${String(line)}: ERROR:  42710: role \\"alice\\" already exists`);
    expect(said.stdout).not.toContain('role \\"postgres\\" already exists');
    expect(existsSync(`${node.data}.loading`)).toBe(true);
    const back = await machine.run('undo', await lastRun(), '--yes');
    expect(back.code, back.stdout + back.stderr).toBe(0);
    expect(existsSync(`${node.data}.loading`)).toBe(false);
    expect(existsSync(node.archive)).toBe(true);
    await startServer(node, lab.programs);
    expect(await holdings(lab, node)).toEqual(before);
  });

  it('everything lost: everything is there again, and clients could not come in meanwhile', async () => {
    await stopServer(node, lab.programs);
    const system = await systemId();
    for (const path of [node.data, node.wal, space]) rmSync(path, { recursive: true });
    rmSync(node.archive, { recursive: true });
    mkdirSync(node.archive);
    writeFileSync(`${node.archive}/000000010000000000000001`, 'of the former cluster');
    for (const path of [node.archive, `${node.archive}/000000010000000000000001`]) give(path, lab.user);
    const dry = await restore(dump, '--dry-run');
    expect(dry.code, dry.stdout + dry.stderr).toBe(0);
    const said = await restore(
      dump,
      '--yes',
      '-p',
      'check=select count(*) from items',
      '-p',
      'expect=20000',
      '-p',
      'check_database=sales',
    );
    expect(said.code, said.stdout + said.stderr).toBe(0);
    expect(await holdings(lab, node)).toEqual(before);
    expect(await systemId()).not.toBe(system);
    expect(await ask(lab, node, 'select slot_name, slot_type from pg_replication_slots')).toBe('far|physical');
    expect(Number(await ask(lab, node, "select count(*) from pg_stats where tablename = 'items'", 'sales'))).toBe(2);
    // Archived under a name that the former cluster had used, too.
    await ask(lab, node, 'select pg_switch_wal()');
    expect(readdirSync(node.socket).filter(name => name.startsWith('.load'))).toEqual([]);
  });

  const systemId = (): Promise<string> =>
    startedOr(() => ask(lab, node, 'select system_identifier from pg_control_system()'));

  async function startedOr<T>(asks: () => Promise<T>): Promise<T> {
    return asks().catch(async () => {
      await startServer(node, lab.programs);
      const answer = await asks();
      await stopServer(node, lab.programs);
      return answer;
    });
  }
});

describe('a primary and its synchronous standby', () => {
  let dump: string;
  let before: Awaited<ReturnType<typeof holdings>>;
  /** As the standby has it, where a sequence is up to 32 values ahead: nextval() logs them beforehand. */
  let dumped: Awaited<ReturnType<typeof holdings>>;
  let node: LabNode;

  beforeAll(async () => {
    await make(2, { synchronous: true });
    node = lab.node('node1');
    await fill(lab, node);
    // Which a standby cannot read.
    await ask(lab, node, 'drop table fleeting', 'sales');
    before = await holdings(lab, node);
    await until(
      async () =>
        (await lab.psql('node1', 'select bool_and(replay_lsn >= pg_current_wal_lsn()) from pg_stat_replication')) ===
        't',
    );
    dumped = await holdings(lab, lab.node('node2'));
    const taken = await backup('node2', '-p', 'jobs=2');
    dump = `${node.backup}/of-node2`;
    await shell('cp -a "$1" "$2"', taken, dump);
  });
  afterAll(unmake);

  /** The shell that loads, as killed from outside: what it began goes on without it. */
  async function killTheLoad(): Promise<void> {
    const shellOf = ({ command }: Process): boolean =>
      command.startsWith('sh -c') && command.includes(` load ${lab.programs.bin} ${node.data}.loading `);
    const found = await until(() => processesOf(node.directory).find(shellOf));
    await until(() => existsSync(`${node.data}.loading/postmaster.pid`));
    process.kill(found.pid, 'SIGKILL');
  }

  it('killed while it loads, on its host: an undo stops what is left, and puts the former data back', async () => {
    await stopServer(node, lab.programs);
    let killing: Promise<void> | undefined;
    const { ended } = machine.start(['run', 'restore-logical', '-p', `from=${dump}`, '--yes', '--json'], event => {
      if (event.e === 'began' && event.step === 'restore' && event['n'] === 6) killing = killTheLoad();
    });
    const said = await ended;
    await killing;
    expect(said.code, said.stdout).toBe(11);
    expect(existsSync(`${node.data}.loading/postmaster.pid`)).toBe(true);
    const back = await machine.run('undo', await lastRun(), '--yes');
    expect(back.code, back.stdout + back.stderr).toBe(0);
    await startServer(node, lab.programs);
    await lab.streaming(node.name, 1);
    expect(await holdings(lab, node)).toEqual(before);
  });

  it('all lost: killed and resumed on its way, closed to clients until the data are there, and the standby is rebuilt', async () => {
    await endProcesses(node.data);
    for (const path of [node.data, node.wal]) rmSync(path, { recursive: true });
    const tries: Promise<string>[] = [];
    let run = '';
    const { ended } = machine.start(
      ['run', 'restore-logical', '-p', `from=${dump}`, '--yes', '--json'],
      (event, child) => {
        if (event.e === 'run') run = String(event['run']);
        if (event.e === 'began' && event.step === 'restore')
          tries.push(lab.psql('node1', 'select 1').catch((error: unknown) => String(error)));
        if (event.e === 'began' && event.step === 'restore' && event['n'] === 6) child.kill('SIGKILL');
      },
    );
    await ended;
    expect((await Promise.all(tries)).every(answer => answer.includes('connection to server'))).toBe(true);
    expect(tries.length).toBeGreaterThan(3);
    const { code, stdout, stderr } = await machine.run('resume', run, '--yes');
    expect(code, stdout + stderr).toBe(0);
    // Settings are of each server: these are node2's, who was asked to be no standby any more.
    const { configuration: _, ...data } = dumped;
    expect(await holdings(lab, node)).toMatchObject(data);
    expect(await ask(lab, node, 'show synchronous_standby_names')).toBe('');
    // Data of another system are never taken for a standby's that could be rebuilt.
    const standby = lab.node('node2');
    await stopServer(standby, lab.programs);
    await shell('mv "$1" "$2/by-hand"', standby.data, standby.broken);
    const rebuilt = await machine.run(
      'run',
      'rebuild-standby',
      '--bind',
      'primary=node1',
      '--bind',
      'node=node2',
      '--yes',
    );
    expect(rebuilt.code, rebuilt.stdout + rebuilt.stderr).toBe(0);
    await lab.streaming(node.name, 1);
    expect(await holdings(lab, standby)).toMatchObject(data);
  });
});
