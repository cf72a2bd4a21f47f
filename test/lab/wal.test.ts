// WAL of a real cluster, as it is received, archived and given out again: byte for byte, over three timelines and several deaths.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../../src/drivers/process.ts';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { killAll } from '../../src/lab/processes.ts';
import { promote } from '../../src/lab/promote.ts';
import { give } from '../../src/lab/ownership.ts';
import { startServer, stopServer } from '../../src/lab/server.ts';
import { type Lsn, lsn } from '../../src/postgres/lsn.ts';
import { isSegmentName, parseSegmentName } from '../../src/postgres/segment.ts';
import type { ClusterRepository } from '../../src/repo/repository.ts';
import { gapsOf, readPartial, readSegment, walKept } from '../../src/repo/wal-catalog.ts';
import { seconds } from '../../src/time.ts';
import { labRepository } from '../support/lab-repository.ts';
import { Machine, type Said } from '../support/lifeboat.ts';
import { until } from '../support/until.ts';

/** 100 for the real proof. */
const rounds = Number(process.env['LIFEBOAT_WAL_ROUNDS'] ?? 5);

let lab: Lab;
let machine: Machine;
let room: string;

beforeAll(async () => {
  lab = await createLab({ nodes: 2 });
  room = mkdtempSync(join(process.env['LIFEBOAT_TEST_ROOT'] ?? tmpdir(), 'wal-'));
  give(room, lab.user);
  machine = new Machine(lab.inventoryFile);
  await lab.psql('node1', 'create table filler (n int, t text); create table rows (n bigint)');
});

afterAll(async () => {
  machine.remove();
  await lab.destroy();
  rmSync(room, { recursive: true, force: true });
});

const running = new Set<{ child: ChildProcess; ended: Promise<Said> }>();

/** Returns once it streams. */
async function receiver(
  ...options: string[]
): Promise<{ child: ChildProcess; ended: Promise<Said>; said: () => string }> {
  let said = '';
  const started = machine.start(
    ['wal', 'receive', '--create-slot', '--json', ...options],
    event => (said += JSON.stringify(event)),
  );
  running.add(started);
  void started.ended.then(() => running.delete(started));
  await until(() => said.includes('"streaming"') || started.child.exitCode !== null, 'the receiver streams', 30_000);
  return { ...started, said: () => said };
}

/** PostgreSQL's own, into a directory of its own. */
async function pgReceivewal(directory: string, node: string): Promise<ChildProcess> {
  const { address, port, socket } = lab.node(node);
  expect(address).not.toBe('');
  const argv = ['-D', directory, '-h', socket, '-p', String(port), '-U', 'postgres', '-S', 'theirs', '--no-loop', '-v'];
  const make = ['-h', socket, '-p', String(port), '-U', 'postgres', '-S', 'theirs', '--create-slot', '--if-not-exists'];
  const program = `${lab.description.bin}/pg_receivewal`;
  expect(await run([program, ...make], { as: lab.user.as, within: seconds(30) })).toMatchObject({ code: 0 });
  const child = spawn(program, argv, { ...lab.user.as, stdio: ['ignore', 'ignore', 'pipe'] });
  await once(() => lab.psql(node, "select 1 from pg_stat_replication where application_name = 'pg_receivewal'"));
  return child;
}

const once = (ask: () => Promise<string>): Promise<unknown> =>
  until(async () => (await ask()) !== '', ask.toString(), 30_000);

const write = (node: string, times = 1): Promise<string> =>
  lab.psql(node, `insert into filler select i, md5(i::text) from generate_series(1, 60000) i; `.repeat(times));

const position = async (node: string): Promise<Lsn> => {
  const text = await lab.psql(node, "select pg_current_wal_flush_lsn() - '0/0'::pg_lsn");
  return lsn(BigInt(text));
};

async function keptUpTo(repo: ClusterRepository, line: number, to: Lsn): Promise<void> {
  await until(
    async () => (await walKept(repo)).stretches.some(one => one.timeline === line && one.to >= to),
    `timeline ${String(line)} is kept up to ${String(to)}`,
    60_000,
  );
}

it('is what pg_receivewal receives and what is archived, over three timelines, with kill -9 of either side', async () => {
  // node1: 1 ──✗── 1 ──┤
  // node2:             └── 2 ──┤ a standby again ── 3
  const theirs = join(room, 'theirs');
  mkdirSync(theirs);
  give(theirs, lab.user);
  let ours = await receiver();
  let other = await pgReceivewal(theirs, 'node1');
  const repo = await labRepository(lab);

  await write('node1', 3);
  ours.child.kill('SIGKILL');
  await write('node1', 2);
  ours = await receiver();
  await write('node1');

  await killAll(lab.node('node1').data);
  await startServer(lab.node('node1'), lab.programs);
  await write('node1', 2);
  await lab.streaming(lab.node('node1').name, 1);
  await keptUpTo(repo, 1, await position('node1'));
  other.kill('SIGINT');

  await stopServer(lab.node('node1'), lab.programs);
  await promote(lab, lab.node('node2'));
  other = await pgReceivewal(theirs, 'node2');
  await write('node2', 2);
  await keptUpTo(repo, 2, await position('node2'));

  await stopServer(lab.node('node2'), lab.programs);
  writeFileSync(`${lab.node('node2').data}/standby.signal`, '');
  give(`${lab.node('node2').data}/standby.signal`, lab.user);
  await startServer(lab.node('node2'), lab.programs);
  await promote(lab, lab.node('node2'));
  other = await pgReceivewal(theirs, 'node2');
  await write('node2', 2);
  await lab.psql('node2', 'select pg_switch_wal()');
  const end = await position('node2');
  await keptUpTo(repo, 3, end);
  await until(
    async () => (await lab.psql('node2', 'select last_archived_wal from pg_stat_archiver')).startsWith('00000003'),
    'archived',
    30_000,
  );
  await once(() =>
    lab.psql(
      'node2',
      `select 1 from pg_stat_replication where application_name = 'pg_receivewal' and flush_lsn >= '${(end >> 32n).toString(16)}/${(end & 0xffffffffn).toString(16)}'`,
    ),
  );
  ours.child.kill('SIGTERM');
  expect(await ours.ended).toMatchObject({ code: 0 });
  other.kill('SIGINT');
  await until(() => other.exitCode !== null || other.signalCode !== null, 'pg_receivewal ended', 10_000);

  const compared = new Set<string>();
  for (const directory of [theirs, lab.node('node1').archive, lab.node('node2').archive]) {
    for (const name of readdirSync(directory).filter(isSegmentName)) {
      const bytes = await readSegment(repo, name);
      // A segment that was begun before the receiver's slot was there belongs to nobody here.
      if (bytes === undefined && name < '000000010000000000000002') continue;
      expect(bytes?.equals(readFileSync(join(directory, name))), join(directory, name)).toBe(true);
      compared.add(name.slice(0, 8));
    }
    for (const name of readdirSync(directory).filter(file => file.endsWith('.history'))) {
      const kept = await repo.vault.get(repo.names.history(Number.parseInt(name.slice(0, 8), 16) as never), 'history');
      expect(kept?.equals(readFileSync(join(directory, name))), name).toBe(true);
    }
    for (const name of readdirSync(directory).filter(file => file.endsWith('.partial'))) {
      const kept = await readPartial(repo, basename(name, '.partial'));
      if (kept === undefined) continue;
      const start = parseSegmentName(basename(name, '.partial'), 16 * 1024 ** 2)!.start;
      const length = Math.min(Number(kept.end - start), endOf(readFileSync(join(directory, name))));
      expect(kept.bytes.subarray(0, length).equals(readFileSync(join(directory, name)).subarray(0, length)), name).toBe(
        true,
      );
    }
  }
  expect([...compared].sort()).toEqual(['00000001', '00000002', '00000003']);
  const kept = await walKept(repo);
  expect(gapsOf(kept)).toEqual([]);
  expect([...kept.histories.keys()]).toEqual([2, 3]);
});

const endOf = (bytes: Buffer): number => {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return end;
};

it('does not keep the primary from shutting down', async () => {
  const node2 = lab.node('node2');
  const stopped = async (): Promise<number> => {
    await write('node2');
    await lab.psql('node2', 'checkpoint');
    const began = performance.now();
    await stopServer(node2, lab.programs);
    return performance.now() - began;
  };
  const without = await stopped();
  await startServer(node2, lab.programs);
  const ours = await receiver();
  const first = await stopped();
  await startServer(node2, lab.programs);
  await until(() => ours.said().split('"streaming"').length > 2, 'it streams again', 30_000);
  // One that does not acknowledge everything makes it wait for wal_sender_timeout, each time.
  expect(Math.min(first, await stopped())).toBeLessThan(without + 1000);
  const end = (
    await run([`${lab.description.bin}/pg_controldata`, lab.node('node2').data], {
      as: lab.user.as,
      within: seconds(10),
    })
  ).stdout;
  const checkpoint = /Latest checkpoint location:\s+(\S+)/
    .exec(end)![1]!
    .split('/')
    .map(part => BigInt(`0x${part}`));
  const repo = await labRepository(lab);
  const shutdown = lsn((checkpoint[0]! << 32n) + checkpoint[1]!);
  await until(
    async () => (await walKept(repo)).stretches.some(({ to }) => to > shutdown),
    'the shutdown checkpoint is kept',
    10_000,
  );
  await startServer(lab.node('node2'), lab.programs);
  await until(() => ours.said().split('"streaming"').length > 3, 'it streams again', 30_000);
  ours.child.kill('SIGINT');
  expect((await ours.ended).code).toBe(0);
});

it(
  `loses no commit that was acknowledged while it was the synchronous standby: ${String(rounds)} rounds`,
  async () => {
    const ours = await receiver('--synchronous');
    const repo = await labRepository(lab);
    await lab.psql('node2', "alter system set synchronous_standby_names = 'lifeboat'");
    await lab.psql('node2', 'select pg_reload_conf()');
    for (let round = 0; round < rounds; round += 1) {
      await once(() => lab.psql('node2', "select 1 from pg_stat_replication where sync_state = 'sync'"));
      const acknowledged = await commitUntilKilled(round);
      // From here on nothing is asked of the server or of its disk.
      const inWal = await committedIn(repo);
      const lost = acknowledged.filter(xid => !inWal.has(xid));
      expect(lost, `round ${String(round)}: ${String(acknowledged.length)} acknowledged`).toEqual([]);
      expect(acknowledged.length).toBeGreaterThan(0);
      await startServer(lab.node('node2'), lab.programs);
    }
    await lab.psql('node2', "alter system set synchronous_commit = 'remote_apply'");
    await lab.psql('node2', 'select pg_reload_conf()');
    ours.child.kill('SIGTERM');
    await ours.ended;
    const refused = await machine.run('wal', 'receive', '--create-slot');
    expect(refused).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('commits would wait for ever') as string,
    });
    await lab.psql('node2', 'alter system reset all');
    await lab.psql('node2', 'select pg_reload_conf()');
  },
  60_000 + rounds * 10_000,
);

/** Three sessions commit row after row; the transaction ids of what was acknowledged before the end. */
async function commitUntilKilled(round: number): Promise<string[]> {
  const { socket, port } = lab.node('node2');
  const acknowledged: string[] = [];
  const client = async (): Promise<void> => {
    const session = new pg.Client({ host: socket, port, user: 'postgres', database: 'postgres' });
    session.on('error', () => undefined);
    try {
      await session.connect();
      for (;;) {
        const { rows } = await session.query<{ x: string }>(
          'insert into rows values (1) returning pg_current_xact_id()::text as x',
        );
        acknowledged.push(rows[0]!.x);
      }
    } catch {
      // Killed.
    }
  };
  const clients = [client(), client(), client()];
  // Any instant: after a number of commits that differs each round.
  await until(() => acknowledged.length > 5 + ((round * 37) % 50), 'some commits', 30_000);
  await killAll(lab.node('node2').data);
  await Promise.all(clients);
  return acknowledged;
}

/** What pg_waldump finds committed in what the repository keeps of the newest timeline. */
async function committedIn(repo: ClusterRepository): Promise<Set<string>> {
  const directory = mkdtempSync(join(room, 'dump-'));
  const { stretches } = await walKept(repo);
  const last = stretches.at(-1)!;
  const names = (await repo.store.list(repo.names.wal))
    .map(({ name }) => basename(name, '.partial'))
    .filter(name => name.startsWith(`0000000${String(last.timeline)}`));
  for (const name of [...new Set(names)].slice(-3)) {
    const bytes = (await readSegment(repo, name)) ?? (await readPartial(repo, name))!.bytes;
    writeFileSync(join(directory, name), bytes);
  }
  const first = readdirSync(directory).sort()[0]!;
  const dumped = await run(
    [
      `${lab.description.bin}/pg_waldump`,
      '-r',
      'Transaction',
      '-p',
      directory,
      first,
      readdirSync(directory).sort().at(-1)!,
    ],
    { within: seconds(60) },
  );
  rmSync(directory, { recursive: true });
  return new Set([...dumped.stdout.matchAll(/tx:\s+(\d+),.*COMMIT/g)].map(([, xid]) => xid!));
}

it('pushes and gives: the same again is no error, other bytes never overwrite, absent is not failed', async () => {
  const store = join(room, 'pushed');
  const named = ['--repository', store, '--cluster', 'main'];
  const archive = lab.node('node2').archive;
  const [segment, next] = readdirSync(archive).filter(isSegmentName).sort().slice(-2) as [string, string];
  const path = join(archive, segment);
  const target = join(room, 'RECOVERYXLOG');

  // A directory that is no repository (not mounted?) is neither filled nor taken for the end of the WAL.
  expect((await machine.run('wal', 'push', path, ...named)).code).toBe(4);
  expect((await machine.run('wal', 'get', segment, target, ...named)).code).toBe(200);
  const { createRepository } = await import('../../src/repo/repository.ts');
  const { directoryStore } = await import('../../src/drivers/directory-store.ts');
  const { threadWorks } = await import('../../src/drivers/works.ts');
  const { systemClock } = await import('../../src/drivers/clock.ts');
  await createRepository(directoryStore(store), threadWorks(), systemClock);

  for (let again = 0; again < 2; again += 1)
    expect(await machine.run('wal', 'push', path, ...named)).toMatchObject({ code: 0 });
  expect(readdirSync(join(store, 'clusters/main/index', segment.slice(0, 16)))).toEqual([segment]);
  expect(await machine.run('wal', 'get', segment, target, ...named)).toMatchObject({ code: 0 });
  expect(readFileSync(target).equals(readFileSync(path))).toBe(true);
  expect((await machine.run('wal', 'get', next, target, ...named)).code).toBe(1);
  expect((await machine.run('wal', 'get', '00000009.history', target, ...named)).code).toBe(1);

  const forged = join(room, segment);
  const bytes = readFileSync(path);
  bytes[9000]! ^= 1;
  writeFileSync(forged, bytes);
  const other = await machine.run('wal', 'push', forged, ...named);
  expect(other).toMatchObject({ code: 10, stderr: expect.stringContaining('nothing was overwritten') as string });
  expect(readdirSync(join(store, 'clusters/main/quarantine'))).toHaveLength(1);
  await machine.run('wal', 'get', segment, target, ...named);
  expect(readFileSync(target).equals(readFileSync(path))).toBe(true);

  bytes.writeBigUInt64LE(42n, 24);
  writeFileSync(forged, bytes);
  expect(await machine.run('wal', 'push', forged, ...named)).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('system identifier 42') as string,
  });
  writeFileSync(forged, '');
  expect((await machine.run('wal', 'push', forged, ...named)).code).toBe(4);
  writeFileSync(join(room, '00000002.history'), '1\t0/30');
  expect((await machine.run('wal', 'push', join(room, '00000002.history'), ...named)).code).toBe(4);

  const kept = join(store, `clusters/main/wal/${segment.slice(0, 16)}/${segment}`);
  const damaged = readFileSync(kept);
  damaged[damaged.length >> 1]! ^= 1;
  writeFileSync(kept, damaged);
  expect((await machine.run('wal', 'get', segment, target, ...named)).code).toBe(200);
});

it('says what is kept, and switches', async () => {
  const ours = await receiver();
  const switched = await machine.run('wal', 'switch');
  expect(switched, switched.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('is kept') as string });
  const status = await machine.run('wal', 'status');
  expect(status.code, status.stderr).toBe(0);
  expect(status.stdout).toMatch(/receiver: runs as/);
  expect(status.stdout).toMatch(/slot: "\w+" on node2: in use/);
  const json = JSON.parse((await machine.run('wal', 'status', '--json')).stdout) as {
    stretches: { timeline: number }[];
    gaps: [];
  };
  expect(json.stretches.map(({ timeline }) => timeline)).toEqual([1, 2, 3]);
  const second = await machine.run('wal', 'receive');
  expect(second).toMatchObject({ code: 6, stderr: expect.stringContaining('another receive') as string });
  ours.child.kill('SIGTERM');
  expect((await ours.ended).code).toBe(0);
});
