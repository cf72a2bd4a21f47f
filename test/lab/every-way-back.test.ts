// What is lost is really removed: the data with the WAL left over, everything but the receiver's WAL, everything but a backup; and replication is built anew.

import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endProcesses } from '../../src/lab/destroy.ts';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { Machine, type Said } from '../support/lifeboat.ts';
import { labRepository } from '../support/lab-repository.ts';
import { keptSoFar, startReceiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

let lab: Lab;
let machine: Machine;

const sql = (text: string): Promise<string> => lab.psql('node1', text);
const rows = (node = 'node1'): Promise<string> =>
  lab.psql(node, "select coalesce(string_agg(n::text, ' ' order by n), '') from rows");
const write = (n: number): Promise<string> => sql(`insert into rows values (${String(n)})`);
const flat = ({ stdout, stderr }: Said): string => `${stdout}${stderr}`.replaceAll(/\s+/g, ' ');

async function begin(nodes: number): Promise<void> {
  lab = await createLab({ nodes });
  machine = new Machine(lab.inventoryFile);
  await sql('create table rows (n int)');
  await write(1);
  const said = await machine.run('backup', '--from', 'node1');
  expect(said.code, said.stderr).toBe(0);
  await write(2);
}

async function lose(...paths: string[]): Promise<void> {
  const node = lab.node('node1');
  await endProcesses(node.data);
  for (const path of [node.data, ...paths]) rmSync(path, { recursive: true });
}

afterEach(async () => {
  machine.remove();
  await lab.destroy();
});

describe('restore-to-failure: the data is lost, its WAL is not', () => {
  beforeEach(() => begin(2));

  it('comes back to the last record, and the standby with it', async () => {
    await sql('select pg_switch_wal()');
    await write(3);
    await lose();
    const said = await machine.run('run', 'restore-to-failure', '--yes');
    expect(said.code, flat(said)).toBe(0);
    expect(flat(said)).toContain('archive recovery complete');
    expect(await rows()).toBe('1 2 3');
    await until(async () => (await rows('node2')) === '1 2 3', 'the standby follows');
    const [day = ''] = readdirSync(lab.node('node1').broken);
    expect(readdirSync(`${lab.node('node1').broken}/${day}`)).toContain('pg_wal');
  });
});

describe('with every disk of the primary lost', () => {
  beforeEach(() => begin(1));

  it('restore-stream: what the receiver acknowledged is there, its unfinished segment included', async () => {
    const receiver = await startReceiver(machine);
    await write(3);
    await keptSoFar(lab, 'node1', await labRepository(lab));
    await receiver.stop();
    await lose(lab.node('node1').wal, lab.node('node1').archive);
    const dry = await machine.run('run', 'restore-stream', '--dry-run');
    expect(dry.code, flat(dry)).toBe(0);
    expect(flat(dry)).toContain('--accept-loss unknown');
    const said = await machine.run('run', 'restore-stream', '-p', 'synchronous=true', '--yes');
    expect(said.code, flat(said)).toBe(0);
    expect(await rows()).toBe('1 2 3');
  });

  it('restore-physical: back to the end of the backup, and no further', async () => {
    await lose(lab.node('node1').wal, lab.node('node1').archive);
    const said = await machine.run('run', 'restore-physical', '--yes', '--accept-loss', 'unknown');
    expect(said.code, flat(said)).toBe(0);
    expect(flat(said)).toContain('recovery stopping after reaching consistency');
    expect(await rows()).toBe('1');
    await write(4);
  });
});

describe('rebuild-replication: a target that a recovery by hand has left', () => {
  beforeEach(() => begin(2));

  it('is taken out before the copy, and the standby follows what is committed after it', async () => {
    await sql("alter system set recovery_target_time = '2026-11-21 16:45:04+00'");
    await sql("alter system set recovery_target_action = 'promote'");
    const said = await machine.run('run', 'rebuild-replication', '--bind', 'node=node2', '--yes');
    expect(said.code, flat(said)).toBe(0);
    await write(3);
    await until(async () => (await rows('node2')) === '1 2 3', 'the standby streams');
    for (const node of ['node1', 'node2']) {
      const text = readFileSync(`${lab.node(node).data}/postgresql.auto.conf`, 'utf8');
      expect(text).not.toMatch(/recovery_target_time = '[^']/);
    }
  });
});
