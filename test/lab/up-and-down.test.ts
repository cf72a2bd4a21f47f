// A lab comes up as described and leaves nothing behind: no process, no file, no shared memory, no entry.

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLab, openLab, type Lab } from '../../src/lab/lab.ts';
import { labFiles } from '../../src/lab/layout.ts';
import { connects } from '../../src/lab/probe.ts';
import { processesOf, signal } from '../../src/lab/processes.ts';
import { currentLab, orphanedLabs, registerLab, registeredLabs } from '../../src/lab/registry.ts';
import { postmaster } from '../../src/lab/server.ts';
import { segmentsOf } from '../../src/lab/shared-memory.ts';

const state = mkdtempSync(join(tmpdir(), 'lifeboat-state-'));
const before = process.env['XDG_STATE_HOME'];

beforeAll(() => {
  process.env['XDG_STATE_HOME'] = state;
});
afterAll(() => {
  if (before === undefined) delete process.env['XDG_STATE_HOME'];
  else process.env['XDG_STATE_HOME'] = before;
  rmSync(state, { recursive: true, force: true });
});

/** Line of `ipcs -m` for the segment of each server of the lab. */
const attached = (ids: readonly string[]) =>
  readFileSync('/proc/sysvipc/shm', 'utf8')
    .split('\n')
    .map(line => line.trim().split(/\s+/)[1] ?? '')
    .filter(id => ids.includes(id));

async function expectNothingLeft(lab: Lab, segments: readonly { id: string }[]): Promise<void> {
  expect(processesOf(lab.directory)).toEqual([]);
  expect(existsSync(lab.directory)).toBe(false);
  expect(attached(segments.map(({ id }) => id))).toEqual([]);
  expect(registeredLabs().map(({ directory }) => directory)).not.toContain(lab.directory);
  for (const node of lab.nodes) {
    expect(await connects(node.address, node.port)).toBe(false);
    expect(await connects(node.address, node.sshPort)).toBe(false);
  }
}

test('a lab is up with its standby streaming, is found again by its directory, and leaves nothing', async () => {
  const lab = await createLab({ name: 'first', keep: true });
  const segments = segmentsOf(lab.directory);
  try {
    expect(await lab.psql('node1', 'select application_name, state, sync_state from pg_stat_replication')).toBe(
      'node2|streaming|async',
    );
    expect(await lab.psql('node2', 'select pg_is_in_recovery()')).toBe('t');
    expect(await lab.psql('node1', 'show data_checksums')).toBe('on');
    expect(currentLab()?.inventoryFile).toBe(lab.inventoryFile);
    expect(existsSync(lab.inventoryFile)).toBe(true);
    expect(openLab(lab.directory).nodes).toEqual(lab.nodes);
    expect(segments).toHaveLength(2);
  } finally {
    await lab.destroy();
  }
  await expectNothingLeft(lab, segments);
  await lab.destroy();
});

test('two labs, one of them synchronous, stand side by side without touching one another', async () => {
  const [one, two] = await Promise.all([createLab(), createLab({ synchronous: true, nodes: 3, name: 'trio' })]);
  try {
    await one.psql('node1', 'create table mine as select 1 as n');
    expect(await two.psql('node1', "select to_regclass('mine') is null")).toBe('t');
    expect(await two.psql('node1', 'show synchronous_standby_names')).toBe('ANY 1 ("node2", "node3")');
    expect(await two.psql('node2', 'show synchronous_standby_names')).toBe('ANY 1 ("node1", "node3")');
    const identifier = 'select system_identifier from pg_control_system()';
    expect(await one.psql('node1', identifier)).not.toBe(await two.psql('node1', identifier));
    await one.destroy();
    expect(await two.psql('node3', 'select 1')).toBe('1');
  } finally {
    await Promise.all([one.destroy(), two.destroy()]);
  }
  await expectNothingLeft(two, []);
});

test('its sshd takes the key of the lab, runs commands as the user of the servers and forwards to the socket', async () => {
  const lab = await createLab({ nodes: 1 });
  try {
    const [node] = lab.nodes;
    const files = labFiles(lab.directory);
    const options = [
      '-F',
      'none',
      '-i',
      files.clientKey,
      '-o',
      `UserKnownHostsFile=${files.knownHosts}`,
      '-o',
      'BatchMode=yes',
    ];
    const target = ['-p', String(node!.sshPort), `${lab.user.name}@${node!.address}`];
    expect(execFileSync('ssh', [...options, ...target, 'id -un'], { encoding: 'utf8' }).trim()).toBe(lab.user.name);
    const socket = `${node!.socket}/.s.PGSQL.${node!.port}`;
    // As a socket of its own in the lab's directory, where psql looks for port 1.
    const forward = ['-f', '-N', '-L', `${lab.directory}/.s.PGSQL.1:${socket}`];
    execFileSync('ssh', [...options, ...forward, ...target], { stdio: 'ignore' });
    const psql = [
      `${lab.description.bin}/psql`,
      '-XAt',
      '-h',
      lab.directory,
      '-p',
      '1',
      '-U',
      'postgres',
      '-c',
      'select 1',
    ];
    expect(execFileSync(psql[0]!, psql.slice(1), { encoding: 'utf8' }).trim()).toBe('1');
  } finally {
    // Takes the listener's session along, which ends the client above.
    await lab.destroy();
  }
});

test('a server whose postmaster was killed and one that is frozen are cleared away like any other', async () => {
  const lab = await createLab();
  const segments = segmentsOf(lab.directory);
  signal(postmaster(lab.nodes[0]!)!.pid, 'SIGKILL');
  signal(postmaster(lab.nodes[1]!)!.pid, 'SIGSTOP');
  await lab.destroy();
  await expectNothingLeft(lab, segments);
});

test('one that is halted keeps its files, and can still be removed', async () => {
  const lab = await createLab({ nodes: 1, keep: true });
  try {
    await lab.halt();
    expect(processesOf(lab.directory)).toEqual([]);
    expect(existsSync(lab.nodes[0]!.log)).toBe(true);
    expect(currentLab()).toBeUndefined();
  } finally {
    await openLab(lab.directory).destroy();
  }
  await expectNothingLeft(lab, []);
});

test('what a killed process left is removed before the next lab is made', async () => {
  const lab = await createLab();
  const entry = registeredLabs().find(({ directory }) => directory === lab.directory)!;
  // A process of this number that started at another time: the number was given out again.
  registerLab({ ...entry, keeper: { pid: process.pid, started: 1 } });
  expect(orphanedLabs().map(({ directory }) => directory)).toEqual([lab.directory]);
  const next = await createLab({ nodes: 1 });
  try {
    await expectNothingLeft(lab, []);
  } finally {
    await next.destroy();
  }
});

test('a lab that fails half-way leaves nothing', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'lifeboat-half-'));
  chmodSync(parent, 0o755);
  try {
    const directory = join(parent, 'lab');
    await expect(createLab({ directory, settings: { shared_buffers: 'nonsense' } })).rejects.toThrow(/did not start/);
    expect(existsSync(directory)).toBe(false);
    expect(processesOf(parent)).toEqual([]);
    expect(registeredLabs()).toEqual([]);
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
});

test('a directory that the user of the servers cannot reach is refused before anything is made', async () => {
  const closed = mkdtempSync(join(tmpdir(), 'lifeboat-closed-'));
  try {
    // Where the servers run as ourselves there is no such directory to be had by its mode.
    if (process.getuid?.() !== 0) return;
    await expect(createLab({ directory: join(closed, 'lab') })).rejects.toThrow(/cannot reach/);
    expect(existsSync(join(closed, 'lab'))).toBe(false);
  } finally {
    rmSync(closed, { recursive: true });
  }
});

test('a directory with something in it is not taken for a lab', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lifeboat-full-'));
  try {
    writeFileSync(join(directory, 'precious'), 'data');
    await expect(createLab({ directory })).rejects.toThrow(/is not empty/);
    expect(readFileSync(join(directory, 'precious'), 'utf8')).toBe('data');
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('a long temporary directory has its sockets elsewhere, for their paths are limited', async () => {
  const parent = join(mkdtempSync(join(tmpdir(), 'lifeboat-long-')), 'a'.repeat(60));
  mkdirSync(parent, { recursive: true });
  execFileSync('chmod', ['-R', 'a+rwx', join(parent, '..')]);
  try {
    const lab = await createLab({ directory: join(parent, 'lab'), nodes: 1 });
    expect(lab.nodes[0]!.socket.startsWith(lab.directory)).toBe(false);
    expect(await lab.psql('node1', 'select 1')).toBe('1');
    await lab.destroy();
    expect(existsSync(lab.description.sockets!)).toBe(false);
  } finally {
    rmSync(join(parent, '..'), { recursive: true, force: true });
  }
});
