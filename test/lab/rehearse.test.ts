// A book is carried out on a copy of the cluster that is made of its backup alone: measured, remembered, removed; and the cluster itself does not notice.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { labFiles } from '../../src/lab/layout.ts';
import { endOfLog, logFrom } from '../../src/lab/log.ts';
import { give, makeDirectories } from '../../src/lab/ownership.ts';
import { processesOf } from '../../src/lab/processes.ts';
import { Machine, type Said } from '../support/lifeboat.ts';

let lab: Lab;
let machine: Machine;
let scratch: string;
let inventory: string;

beforeAll(async () => {
  // One node: a standby on this machine would need the tablespace at the same path.
  lab = await createLab({
    nodes: 1,
    settings: { log_connections: 'on', work_mem: '7MB', shared_buffers: '64MB', 'site.secret': 'hidden' },
  });
  scratch = mkdtempSync(join(process.env['LIFEBOAT_TEST_ROOT'] ?? tmpdir(), 'scratch-'));
  give(scratch, lab.user);
  inventory = join(scratch, 'lifeboat.yaml');
  writeFileSync(join(scratch, 'passphrase'), 'correct horse\n', { mode: 0o600 });
  const encryption = `encryption: { passphrase_file: ${join(scratch, 'passphrase')} }`;
  writeFileSync(
    inventory,
    readFileSync(lab.inventoryFile, 'utf8').replace(/repository }$/m, `repository, ${encryption} }`),
  );
  machine = new Machine(inventory);
  const space = join(lab.node('node1').directory, 'disk5/space');
  makeDirectories(lab.directory, space, 0o700, lab.user);
  await lab.psql('node1', `create tablespace space location '${space}'`);
  await lab.psql('node1', 'create table elsewhere tablespace space as select n from generate_series(1, 1000) n');
  await lab.psql('node1', 'create table plain as select n, md5(n::text) as t from generate_series(1, 20000) n');
  await lab.psql('node1', `alter system set archive_command = 'cp %p ${lab.node('node1').archive}/%f'`);
  await lab.psql(
    'node1',
    `create extension postgres_fdw;
     create server elsewhere foreign data wrapper postgres_fdw options (host '${lab.node('node1').address}', port '${lab.node('node1').port}');
     create user mapping for public server elsewhere options (user 'app', password 'x')`,
  );
  await must('wal', 'receive', '--create-slot', '--once');
  await must('backup');
  await lab.psql('node1', 'insert into plain select n, md5(n::text) from generate_series(20001, 21000) n');
  await must('wal', 'receive', '--once');
});

afterAll(async () => {
  machine.remove();
  await lab.destroy();
  rmSync(scratch, { recursive: true, force: true });
});

async function must(...args: string[]): Promise<string> {
  const said = await machine.run(...args);
  expect(said.code, `${args.join(' ')}\n${said.stdout}${said.stderr}`).toBe(0);
  return said.stdout;
}

const rehearse = (...args: string[]): Promise<Said> => machine.run('rehearse', ...args, '--scratch', scratch);

const sandboxes = (): string[] => readdirSync(scratch).filter(name => name.startsWith('lifeboat-'));

/** What is kept, but for who is at work. */
const kept = (): string[] => {
  const { repository } = labFiles(lab.directory);
  const files = readdirSync(repository, { recursive: true, withFileTypes: true });
  return files
    .filter(one => one.isFile() && !one.parentPath.endsWith('leases'))
    .map(one => join(one.parentPath, one.name));
};

describe('a rehearsal', () => {
  it('goes back to before a mistake on a copy, from a backup of the copy, leaves the cluster alone, and is remembered', async () => {
    const logs = lab.nodes.map(node => ({ node, end: endOfLog(node) }));
    const archived = lab.nodes.map(({ archive }) => readdirSync(archive));
    const before = kept();
    const said = await rehearse('pitr', '--json');
    expect(said.code, said.stdout + said.stderr).toBe(0);
    const shown = JSON.parse(said.stdout) as {
      readonly drill: { readonly outcome: string; readonly postgres: string };
      readonly sandbox: { readonly off: readonly { readonly name: string }[]; readonly outsiders: object };
      readonly forecast: { readonly steps: number; readonly asForeseen: number };
      readonly predicted: number | null;
    };
    expect(shown.drill.outcome).toBe('passed');
    expect(shown.forecast.asForeseen).toBe(shown.forecast.steps);
    expect(shown.predicted).toBeNull();
    const off = shown.sandbox.off.map(({ name }) => name);
    expect(off).toEqual(expect.arrayContaining(['archive_command', 'include', 'site.secret']));
    expect(off).not.toContain('work_mem');
    expect(shown.sandbox.outsiders).toEqual({ subscriptions: [], foreignServers: ['postgres: elsewhere'] });
    expect(said.stdout + said.stderr).not.toContain('hidden');

    for (const { node, end } of logs) expect(logFrom(node, end)).not.toContain('connection received');
    expect(lab.nodes.map(({ archive }) => readdirSync(archive))).toEqual(archived);
    expect(kept()).toEqual(before);
    expect(sandboxes()).toEqual([]);
    expect(processesOf(scratch)).toEqual([]);

    const status = await must('status');
    expect(status).toMatch(/pitr/);
  });

  it('is given up at Ctrl-C, and nothing of it is left', async () => {
    const { child, ended } = machine.start(['rehearse', 'failover', '--scratch', scratch]);
    child.stderr?.on('data', (piece: Buffer) => {
      if (piece.toString().includes('making 2 servers')) child.kill('SIGINT');
    });
    const said = await ended;
    expect(said.code, said.stderr).toBe(130);
    expect(sandboxes()).toEqual([]);
    expect(processesOf(scratch)).toEqual([]);
  });

  it('refuses a book without a story, and names those that have one', async () => {
    const said = await rehearse('fence');
    expect(said.code).toBe(2);
    expect(said.stderr).toContain('there is no rehearsal of fence');
    expect(said.stderr).toMatch(/failover, .*rebuild-standby/);
  });

  it('refuses a place so deep that a base backup could not name the tablespace of a copy', async () => {
    const deep = join(scratch, 'd'.repeat(80));
    mkdirSync(deep);
    const said = await machine.run('rehearse', 'failover', '--scratch', deep);
    expect(said.code, said.stderr).toBe(4);
    expect(said.stderr).toMatch(/a tablespace of the copy would lie in .*\/node2\/disk5\/\d+, which is \d+ bytes/);
    expect(said.stderr).toContain('--scratch DIRECTORY');
    expect(readdirSync(deep)).toEqual([]);
  });

  it('finds that no server comes of a backup whose pack is damaged', async () => {
    // Of the last pack, whose blocks are those of user tables and not the few files that the plan itself reads.
    const pack = kept().findLast(name => name.includes('/packs/')) ?? '';
    const bytes = readFileSync(pack);
    bytes[Math.floor(bytes.length / 2)]! ^= 1;
    writeFileSync(pack, bytes);
    const said = await rehearse('failover');
    expect(said.code, said.stdout + said.stderr).toBe(13);
    expect(said.stderr).toContain('no server came of the backup');
    expect(sandboxes()).toEqual([]);
  });
});
