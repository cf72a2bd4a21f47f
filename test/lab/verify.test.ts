// What is kept is proven as a user proves it: read, restored and started; and one flipped bit is named, with what it spoils, before any server starts from it.

import {
  closeSync,
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { labFiles } from '../../src/lab/layout.ts';
import { segmentName } from '../../src/postgres/segment.ts';
import { give } from '../../src/lab/ownership.ts';
import type { Backup } from '../../src/repo/backup.ts';
import { listBackups } from '../../src/repo/catalog.ts';
import { labRepository } from '../support/lab-repository.ts';
import { Machine } from '../support/lifeboat.ts';
import { until } from '../support/until.ts';

let lab: Lab;
let machine: Machine;
let root: string;
let older: Backup;
let newer: Backup;

beforeAll(async () => {
  lab = await createLab({ nodes: 1 });
  machine = new Machine(lab.inventoryFile);
  root = mkdtempSync(join(process.env['LIFEBOAT_TEST_ROOT'] ?? tmpdir(), 'verify-'));
  give(root, lab.user);
  await lab.psql('node1', 'create table t as select n, md5(n::text) as t from generate_series(1, 20000) n');
  // From before the first backup on, so that no WAL is missing between the two.
  await must('wal', 'receive', '--create-slot', '--once');
  await must('backup');
  await lab.psql('node1', 'update t set t = md5(t) where n % 3 = 0');
  await must('wal', 'receive', '--once');
  await must('backup');
  // What the primary wrote between the first of the two and this one is still held back by the slot.
  await must('wal', 'receive', '--once');
  [older, newer] = (await listBackups(await labRepository(lab))) as [Backup, Backup];
}, 120_000);

afterAll(async () => {
  machine.remove();
  await lab.destroy();
  if (root) rmSync(root, { recursive: true, force: true });
});

async function must(...args: string[]): Promise<string> {
  const said = await machine.run(...args);
  expect(said.code, `${args.join(' ')}\n${said.stdout}${said.stderr}`).toBe(0);
  return said.stdout;
}

interface Found {
  readonly findings: readonly {
    readonly object: string;
    readonly backups: readonly { readonly id: string }[];
    readonly lost: readonly object[];
  }[];
}

async function found(inventory: string): Promise<Found> {
  const said = await machine.run('verify', '--json', '--inventory', inventory);
  expect(said.code, said.stderr).toBe(4);
  return JSON.parse(said.stdout) as Found;
}

const sound = (): string => labFiles(lab.directory).repository;

/** A copy of the repository in which one bit of one object is another, and an inventory that names it. */
function damaged(object: string): string {
  const copy = mkdtempSync(join(root, 'copy-'));
  cpSync(sound(), join(copy, 'repository'), { recursive: true });
  const file = join(copy, 'repository', object);
  const handle = openSync(file, 'r+');
  const at = Math.floor(statSync(file).size / 2);
  const byte = Buffer.alloc(1);
  readSync(handle, byte, 0, 1, at);
  byte[0] = byte[0]! ^ 16;
  writeSync(handle, byte, 0, 1, at);
  closeSync(handle);
  const inventory = join(copy, 'lifeboat.yaml');
  writeFileSync(inventory, readFileSync(lab.inventoryFile, 'utf8').replace(sound(), join(copy, 'repository')));
  return inventory;
}

test('all is well: read, and restored into a server that PostgreSQL itself finds clean', async () => {
  expect((await must('verify')).replaceAll(/\s+/g, ' ')).toMatch(/All is well: 2 backups proven/);
  const said = await must('verify', '--restore', '--scratch', root);
  for (const step of ['restored: ', 'pg_verifybackup', 'started', 'pg_amcheck: every table'])
    expect(said).toContain(step);
  expect(readdirSync(root)).toEqual([]);
});

test('one bit in a pack: named with both backups, and a restore that meets it starts no server', async () => {
  const [pack = ''] = newer.packs.filter(name => name.includes(newer.id));
  const inventory = damaged(pack);
  const { findings } = await found(inventory);
  expect(findings.map(({ object, backups }) => [object, backups.map(({ id }) => id)])).toEqual([[pack, [newer.id]]]);

  const data = join(root, 'data');
  const failed = await machine.run('restore', '--into', data, '--inventory', inventory);
  expect(failed.code).toBe(10);
  expect(failed.stderr.replaceAll(/\s+/g, ' ')).toContain(pack);
  expect(existsSync(join(data, 'global/pg_control'))).toBe(false);
  rmSync(data, { recursive: true });

  // The one before it is whole.
  const named = await machine.run('restore', '--into', data, '--inventory', inventory, '--backup', older.id);
  expect(named.code, named.stderr).toBe(0);
  expect(existsSync(join(data, 'global/pg_control'))).toBe(true);
  rmSync(data, { recursive: true });

  const proof = await machine.run('verify', '--restore', '--scratch', root, '--inventory', inventory);
  expect(proof.code, proof.stderr).toBe(4);
  expect(proof.stdout.replaceAll(/\s+/g, ' ')).toContain(pack);
});

test('one bit in a segment, and in a summary: named, with what cannot be had any more', async () => {
  const segment = segmentName(older.timeline, older.start, older.segmentSize);
  const object = `clusters/main/wal/${segment.slice(0, 16)}/${segment}`;
  const [finding] = (await found(damaged(object))).findings;
  expect(finding?.object).toBe(object);
  expect(finding?.backups.map(({ id }) => id)).toEqual([older.id]);
  expect(finding?.lost).toHaveLength(1);

  const summary = `clusters/main/backups/${older.id}/backup`;
  const { findings } = await found(damaged(summary));
  expect(findings).toMatchObject([{ object: summary, backups: [{ id: older.id }] }]);
  expect(findings[0]?.lost).toHaveLength(1);
});

test('check: all OK while a receiver is at work; without it and its slot the points that fail say what to do', async () => {
  const receiver = machine.start(['wal', 'receive']);
  const active = "select count(*) from pg_replication_slots where slot_name = 'lifeboat' and active";
  await until(async () => (await lab.psql('node1', active)) === '1', 'the receiver streams');
  expect(await must('check')).toMatch(/All OK/);
  const status = JSON.parse(await must('status', '--json')) as {
    backup?: { last: { id: string }; receiver: object | null; exposure: { bytes: number } };
  };
  expect(status.backup).toMatchObject({ last: { id: newer.id }, receiver: { pid: receiver.child.pid } });
  expect(status.backup?.exposure.bytes).toBeLessThan(16 * 1024 ** 2);
  expect((await must('status')).replaceAll(/\s+/g, ' ')).toContain(`last backup: ${newer.id}`);

  receiver.child.kill('SIGTERM');
  await receiver.ended;
  await until(async () => (await lab.psql('node1', active)) === '0', 'nobody uses the slot');
  await lab.psql('node1', "select pg_drop_replication_slot('lifeboat')");
  const said = await machine.run('check');
  expect(said.code, said.stderr).toBe(4);
  expect(said.stdout).toMatch(
    /replication slot: FAILED \(there is no slot "lifeboat" on node1\)\n.*lifeboat wal receive --create-slot/,
  );
  expect(said.stdout).toMatch(/receive-wal running: FAILED/);
});
