// The replication protocol spoken with real servers: identity, slots, base backups, WAL, and every way a stream ends.

import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { DirectPlace, SqlPlace } from '../../src/drivers/postgres-door.ts';
import { openReplication } from '../../src/drivers/replication.ts';
import { sshShell } from '../../src/drivers/ssh.ts';
import { Fault } from '../../src/faults.ts';
import { damage, mend } from '../../src/lab/damage.ts';
import { createLab, type Lab, type LabNode } from '../../src/lab/lab.ts';
import { database, labFiles, replicationUser } from '../../src/lab/layout.ts';
import { give } from '../../src/lab/ownership.ts';
import { promote } from '../../src/lab/promote.ts';
import { startServer, stopServer } from '../../src/lab/server.ts';
import { lsn, parseLsn, showLsn, type Lsn } from '../../src/postgres/lsn.ts';
import { segmentName, segmentStart } from '../../src/postgres/segment.ts';
import { timeline } from '../../src/postgres/timeline.ts';
import { sqlstateOf } from '../../src/repo/replication.ts';
import type { BackupSink, BaseBackupOptions, Replication, StreamEnd, WalSink } from '../../src/repo/replication.ts';
import { readInventory } from '../../src/runbook/inventory.ts';
import { Redactor } from '../../src/secret.ts';
import { seconds } from '../../src/time.ts';
import { until } from '../support/until.ts';

let lab: Lab;
let scratch: string;
let major: number;
const [node1, node2] = ['node1', 'node2'] as const;
const open = new Set<{ close(): Promise<void> }>();

beforeAll(async () => {
  lab = await createLab({ settings: { wal_sender_timeout: '2s', max_wal_size: '64MB' } });
  scratch = mkdtempSync(join(tmpdir(), 'replication-'));
  major = Math.floor(Number(await lab.psql(node1, 'show server_version_num')) / 10000);
});

afterEach(async () => {
  await Promise.all([...open].map(session => session.close()));
  open.clear();
});

afterAll(async () => {
  await lab.destroy();
  rmSync(scratch, { recursive: true, force: true });
});

const redactor = new Redactor();
const tcp = (on: LabNode): DirectPlace => ({
  name: on.name,
  host: on.address,
  port: on.port,
  user: replicationUser,
  database,
  secret: { passfile: labFiles(lab.directory).passfile },
  redactor,
});
const socket = (on: LabNode): DirectPlace => ({ ...tcp(on), host: on.socket, user: 'postgres', secret: undefined });

function overSsh(on: LabNode): SqlPlace {
  const read = readInventory(readFileSync(lab.inventoryFile, 'utf8'), lab.inventoryFile);
  const node = read.ok ? read.value.clusters['main']?.nodes.find(({ name }) => name === on.name) : undefined;
  if (!node) throw new Error('no inventory');
  const shell = sshShell(node.ssh);
  open.add(shell);
  return { node, shell, redactor };
}

async function session(place: SqlPlace | DirectPlace, application = 'lifeboat'): Promise<Replication> {
  const made = await openReplication(place, { application, within: seconds(10) });
  open.add(made);
  return made;
}

/** What it rejects with. */
const faultOf = async (what: Promise<unknown>): Promise<Fault> => {
  const error: unknown = await what.then(
    () => new Error('it was done'),
    (reason: unknown) => reason,
  );
  if (error instanceof Fault) return error;
  throw error;
};

const fill = (mb: number): string =>
  `select pg_logical_emit_message(true, 'fill', repeat(md5(random()::text), ${String(mb * 32768)}))`;
const position = async (on: string): Promise<Lsn> => parseLsn(await lab.psql(on, 'select pg_current_wal_flush_lsn()'))!;

it('identifies the server, over TCP, over its socket here and over SSH', async () => {
  const systemId = await lab.psql(node1, 'select system_identifier from pg_control_system()');
  for (const place of [tcp(lab.node(node1)), socket(lab.node(node1)), overSsh(lab.node(node1))]) {
    const found = await (await session(place)).identify();
    expect(found).toMatchObject({ systemId, timeline: 1, version: { major }, segmentSize: 16 * 1024 * 1024 });
    expect(found.flushed).toBeLessThanOrEqual(await position(node1));
    expect(found.flushed).toBeGreaterThan(0n);
  }
  expect(await (await session(tcp(lab.node(node2)))).identify()).toMatchObject({ systemId, timeline: 1 });
});

it('keeps slots, and says why where it cannot', async () => {
  const made = await session(tcp(lab.node(node1)));
  expect(await made.slot('keeper')).toBeUndefined();
  await made.createSlot('keeper', false);
  await made.createSlot('keeper', false);
  const slot = await made.slot('keeper');
  expect(slot!.restartLsn).toBeGreaterThan(0n);
  expect(slot!.restartTimeline).toBe(major >= 15 ? 1 : null);
  await made.dropSlot('keeper');
  expect(await made.slot('keeper')).toBeUndefined();
  await made.createSlot('passing', true);
  await made.createSlot('passing', true);
  expect((await made.slot('passing'))!.restartLsn).toBeGreaterThan(0n);
  await made.close();
  await until(async () => (await lab.psql(node1, 'select count(*) from pg_replication_slots')) === '0');

  const again = await session(tcp(lab.node(node1)));
  const missing = await faultOf(again.dropSlot('keeper'));
  expect(missing).toMatchObject({ code: 'refused', on: node1, message: expect.stringContaining('keeper') });
  expect(sqlstateOf(missing)).toBe('42704');
  expect(missing.hint).toContain('pg_create_physical_replication_slot');
  const at = await position(node1);
  const from = { timeline: timeline(1), statusEvery: seconds(10), lsn: at };
  const never = new AbortController().signal;
  expect(await again.stream({ ...from, slot: 'keeper' }, new Kept(), never)).toMatchObject({ sqlstate: '42704' });
  expect(await again.stream({ ...from, timeline: timeline(7) }, new Kept(), never)).toMatchObject({ is: 'refused' });
  expect(await again.stream({ ...from, lsn: lsn(at + 100_000_000n) }, new Kept(), never)).toMatchObject({
    is: 'refused',
    message: expect.stringContaining('ahead'),
  });
  expect(await again.stream({ ...from, lsn: lsn(0n) }, new Kept(), never)).toMatchObject({ sqlstate: '58P01' });
  expect(await again.identify()).toMatchObject({ timeline: 1 });
});

it('is not let in by a wrong password, without a line in pg_hba.conf, or where nobody listens', async () => {
  const place = tcp(lab.node(node1));
  writeFileSync(join(scratch, 'passfile'), '*:*:*:*:wrong\n', { mode: 0o600 });
  const wrong = await faultOf(session({ ...place, secret: { passfile: join(scratch, 'passfile') } }));
  expect([wrong.code, sqlstateOf(wrong)]).toEqual(['refused', '28P01']);
  const closed = await faultOf(session({ ...place, user: 'app' }));
  expect([closed.code, sqlstateOf(closed)]).toEqual(['refused', '28000']);
  expect(closed.hint).toContain('host replication app');
  const nobody = await faultOf(session({ ...place, port: place.port + 1 }));
  expect(nobody).toMatchObject({ code: 'unreachable', on: node1 });
});

/** A base backup as tar files, as its sink got them. */
class Tars implements BackupSink {
  readonly directory: string;
  readonly archives: string[] = [];
  begun: Parameters<BackupSink['started']>[0] | undefined;

  constructor() {
    this.directory = mkdtempSync(join(scratch, 'backup-'));
  }
  started(start: Parameters<BackupSink['started']>[0]): void {
    this.begun = start;
  }
  archive(oid: string | null, location: string | null): void {
    expect(location === null).toBe(oid === null);
    this.archives.push(join(this.directory, `${oid ?? 'base'}.tar`));
  }
  async data(chunk: Buffer): Promise<void> {
    const own = Buffer.from(chunk);
    // Later, as a slow sink does it: nothing may come before it is done.
    await new Promise(resolve => setImmediate(resolve));
    appendFileSync(this.archives.at(-1)!, own);
  }
  manifest(chunk: Buffer): void {
    appendFileSync(join(this.directory, 'backup_manifest'), chunk);
  }

  /** Unpacked, and proven by PostgreSQL's own means. */
  verify(): string {
    const data = join(this.directory, 'data');
    mkdirSync(data);
    for (const archive of this.archives.toReversed()) {
      const oid = /(\d+)\.tar$/.exec(archive)?.[1];
      const into = oid === undefined ? data : join(data, 'pg_tblspc', oid);
      rmSync(into, { force: true, recursive: true });
      mkdirSync(into);
      execFileSync('tar', ['-xf', archive, '-C', into]);
      // Two blocks of zeros end every archive, whatever the version.
      expect(readFileSync(archive).subarray(-1024).equals(Buffer.alloc(1024))).toBe(true);
    }
    execFileSync('cp', [join(this.directory, 'backup_manifest'), data]);
    return execFileSync(`${lab.programs.bin}/pg_verifybackup`, ['-n', data], { encoding: 'utf8' });
  }
}

async function backup(place: SqlPlace | DirectPlace, options: Partial<BaseBackupOptions> = {}) {
  const sink = new Tars();
  const made = await session(place);
  const end = await made.baseBackup({ label: "it's a test", checkpoint: 'fast', ...options }, sink);
  expect(await made.identify()).toMatchObject({ timeline: 1 });
  return { sink, end };
}

it('takes base backups from the primary and from the standby, tablespaces and all', async () => {
  const space = `${lab.node(node1).directory}/space`;
  mkdirSync(space);
  give(space, lab.user);
  // Both nodes are on one machine, where the tablespace has one place: the standby shall not see it.
  await stopServer(lab.node(node2), lab.programs);
  await lab.psql(node1, `create tablespace space location '${space}'`);
  await lab.psql(node1, 'create table held as select n, md5(n::text) from generate_series(1, 30000) n');
  await lab.psql(
    node1,
    'create table spaced tablespace space as select n, md5(n::text) from generate_series(1, 30000) n',
  );
  await lab.psql(node1, 'checkpoint');

  const { sink, end } = await backup(overSsh(lab.node(node1)));
  expect(sink.archives).toHaveLength(2);
  expect(sink.archives.at(-1)).toContain('base.tar');
  expect(sink.verify()).toContain('successfully verified');
  const { begun } = sink;
  expect(begun).toMatchObject({ timeline: 1, tablespaces: [{ location: space }] });
  expect(begun!.size).toBeGreaterThan(20_000_000);
  expect(end).toMatchObject({ timeline: 1, damaged: null });
  expect(end.lsn).toBeGreaterThan(begun!.lsn);
  expect(readFileSync(join(sink.directory, 'data/backup_label'), 'utf8')).toContain("LABEL: it's a test");

  await lab.psql(node1, 'drop table spaced');
  await lab.psql(node1, 'drop tablespace space');
  const gzip = { serverCompression: 'gzip' } as const;
  if (major < 15) {
    expect(await faultOf(backup(tcp(lab.node(node1)), gzip))).toMatchObject({ code: 'refused' });
  } else {
    const packed = await backup(tcp(lab.node(node1)), gzip);
    expect(packed.sink.verify()).toContain('successfully verified');
  }
});

it('takes one from a standby, and at a limited rate', async () => {
  // It replays the tablespace's making and dropping in one go, in the primary's own directory, which is empty again.
  await startServer(lab.node(node2), lab.programs);
  await lab.streaming(lab.node(node1).name, 1);
  const { sink, end } = await backup(socket(lab.node(node2)), { rate: (1024 ** 3) as BaseBackupOptions['rate'] });
  expect(sink.verify()).toContain('successfully verified');
  expect(end.damaged).toBeNull();
});

it('tells of a damaged page, after everything else', async () => {
  const path = await lab.psql(node1, "select pg_relation_filepath('held')");
  await lab.psql(node1, 'checkpoint');
  damage(lab.node(node1), `${lab.node(node1).data}/${path}`, 8192 + 4000, 16);
  const { sink, end } = await backup(tcp(lab.node(node1)));
  expect(end.damaged).toContain(`${path}", block 1`);
  expect(end.lsn).toBeGreaterThan(sink.begun!.lsn);
  expect(readFileSync(join(sink.directory, 'backup_manifest'), 'utf8')).toContain('Manifest-Checksum');
  mend(lab.node(node1));
  expect((await backup(tcp(lab.node(node1)))).end.damaged).toBeNull();
});

it('lets go of a backup whose sink fails', async () => {
  const sink = new Tars();
  const made = await session(tcp(lab.node(node1)));
  const full = Object.assign(sink, { data: () => Promise.reject(new Error('no space left')) });
  await expect(made.baseBackup({ label: 'x', checkpoint: 'fast' }, full)).rejects.toThrow('no space left');
  expect(await faultOf(made.identify())).toMatchObject({ code: 'unreachable' });
});

/** WAL as it came, in memory. */
class Kept implements WalSink {
  readonly chunks: Buffer[] = [];
  begin: Lsn | undefined;
  end = lsn(0n);
  flushed = lsn(0n);
  flushes = 0;
  heardAt = '';
  /** The sink stands still for as long as this is not settled. */
  stall: Promise<void> | undefined;

  async wal(start: Lsn, chunk: Buffer): Promise<void> {
    this.begin ??= start;
    if (this.end !== 0n) expect(start).toBe(this.end);
    await this.stall;
    this.chunks.push(Buffer.from(chunk));
    this.end = lsn(start + BigInt(chunk.length));
  }
  flush(): Promise<{ written: Lsn; flushed: Lsn }> {
    this.flushes += 1;
    this.flushed = this.end;
    return Promise.resolve({ written: this.end, flushed: this.flushed });
  }
  heard(_end: Lsn, at: string): void {
    this.heardAt = at;
  }
  bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

interface Streaming {
  readonly sink: Kept;
  readonly ended: Promise<StreamEnd>;
  readonly session: Replication;
  readonly stop: AbortController;
}

const size = 16 * 1024 * 1024;

async function streaming(place: SqlPlace | DirectPlace, more: { slot?: string; from?: Lsn } = {}): Promise<Streaming> {
  const made = await session(place, 'receiver');
  const { flushed, timeline } = await made.identify();
  const sink = new Kept();
  const stop = new AbortController();
  const start = segmentStart(more.from ?? flushed, size);
  const from = { timeline, lsn: start, slot: more.slot, statusEvery: seconds(10) };
  const ended = made.stream(from, sink, stop.signal);
  ended.catch(() => undefined);
  return { sink, ended, session: made, stop };
}

const sender = (what: string, on: string = node1): Promise<string> =>
  lab.psql(on, `select ${what} from pg_stat_replication where application_name = 'receiver'`);

/** Compares with the server's own segment files. */
function same(node: LabNode, { sink }: Streaming): number {
  const [bytes, begin] = [sink.bytes(), sink.begin!];
  for (let at = 0; at < bytes.length; at += size) {
    const name = segmentName(timeline(1), lsn(begin + BigInt(at)), size);
    const mine = bytes.subarray(at, at + size);
    const theirs = readFileSync(`${node.wal}/${name}`).subarray(0, mine.length);
    expect(mine.equals(theirs), name).toBe(true);
  }
  return bytes.length;
}

it('streams WAL as it is written, byte by byte, and stops when told to', async () => {
  const slots = await session(tcp(lab.node(node1)));
  await slots.createSlot('receiver', false);
  const run = await streaming(overSsh(lab.node(node1)), { slot: 'receiver' });
  await lab.psql(node1, `${fill(20)}; select pg_switch_wal(); ${fill(1)}`);
  const end = await position(node1);
  await until(() => run.sink.flushed >= end);
  // A commit waits for no timer: what was written is flushed and told at once.
  await until(async () => (await sender('flush_lsn')) === showLsn(run.sink.flushed));
  expect(await sender('write_lsn')).toBe(showLsn(run.sink.flushed));
  expect(Math.abs(Date.parse(run.sink.heardAt) - Date.now())).toBeLessThan(10_000);
  run.stop.abort();
  expect(await run.ended).toEqual({ is: 'stopped' });
  expect(same(lab.node(node1), run)).toBeGreaterThan(20_000_000);
  expect((await slots.slot('receiver'))!.restartLsn).toBe(run.sink.flushed);
  expect(await run.session.identify()).toMatchObject({ timeline: 1 });
  await slots.dropSlot('receiver');
});

it('answers the server while its sink stands still for longer than wal_sender_timeout', async () => {
  const run = await streaming(tcp(lab.node(node1)));
  await until(async () => (await sender('state')) === 'streaming');
  const pid = await sender('pid');
  // Nothing is on its way any more that might still be flushed.
  const quiet = await position(node1);
  await until(() => run.sink.flushed >= quiet);
  let go: () => void = () => undefined;
  run.sink.stall = new Promise(resolve => {
    go = resolve;
  });
  const before = run.sink.flushed;
  await lab.psql(node1, fill(30));
  const since = performance.now();
  await until(() => performance.now() - since > 4500);
  expect(await sender('pid')).toBe(pid);
  expect(run.sink.flushed).toBe(before);
  expect(await sender('flush_lsn')).toBe(showLsn(before));
  // The rest waits in the server and in the socket's buffers, not here.
  expect(parseLsn(await sender('sent_lsn'))! - before).toBeLessThan(25_000_000n);
  go();
  const end = await position(node1);
  await until(() => run.sink.flushed >= end);
  run.stop.abort();
  expect(await run.ended).toEqual({ is: 'stopped' });
  same(lab.node(node1), run);
});

it('says that the connection was lost, and hands over what had come', async () => {
  const run = await streaming(tcp(lab.node(node1)));
  const end = await position(node1);
  await until(() => run.sink.flushed >= end);
  await sender('pg_terminate_backend(pid)');
  expect(await run.ended).toMatchObject({ is: 'lost', why: expect.stringContaining('administrator') });
  expect(run.sink.flushed).toBe(run.sink.end);
});

it('rejects with what its sink threw', async () => {
  const run = await streaming(tcp(lab.node(node1)));
  run.sink.wal = () => Promise.reject(new Error('no space left'));
  await lab.psql(node1, fill(1));
  await expect(run.ended).rejects.toThrow('no space left');
});

it('lets the server shut down at once', async () => {
  const timed = async (): Promise<number> => {
    const begin = performance.now();
    await stopServer(lab.node(node1), lab.programs);
    return performance.now() - begin;
  };
  await lab.psql(node1, 'checkpoint');
  const without = await timed();
  await startServer(lab.node(node1), lab.programs);
  const run = await streaming(tcp(lab.node(node1)));
  await until(async () => (await sender('state')) === 'streaming');
  await lab.psql(node1, fill(1));
  expect((await timed()) - without).toBeLessThan(1000);
  expect(await run.ended).toEqual({ is: 'server-done' });
  same(lab.node(node1), run);
  await startServer(lab.node(node1), lab.programs);
  await lab.streaming(lab.node(node1).name, 1);
});

it('is told where a timeline ends and which one comes next', async () => {
  await lab.psql(node1, fill(1));
  const run = await streaming(tcp(lab.node(node2)));
  await until(async () => (await sender('state', node2)) === 'streaming');
  await stopServer(lab.node(node1), lab.programs);
  await promote(lab, lab.node(node2));
  const end = await run.ended;
  if (end.is !== 'timeline-end') throw new Error(`it ended: ${JSON.stringify(end)}`);
  expect(end.next).toBe(2);
  expect(run.sink.flushed).toBe(end.at);

  // The same session goes on.
  const history = await run.session.history(end.next);
  const file = readdirSync(lab.node(node2).wal).find(name => name === '00000002.history')!;
  expect(history!.equals(readFileSync(`${lab.node(node2).wal}/${file}`))).toBe(true);
  expect(history!.toString()).toContain(showLsn(end.at));
  expect(await run.session.history(timeline(1))).toBeUndefined();
  expect(await run.session.history(timeline(9))).toBeUndefined();
  const from = { statusEvery: seconds(10), lsn: end.at };
  const never = new AbortController().signal;
  expect(await run.session.stream({ ...from, timeline: timeline(1) }, new Kept(), never)).toEqual(end);
  const { stop } = run;
  const next = new Kept();
  const again = run.session.stream(
    { timeline: end.next, lsn: segmentStart(end.at, size), statusEvery: seconds(10) },
    next,
    stop.signal,
  );
  const last = await position(node2);
  await until(() => next.flushed >= last);
  stop.abort();
  expect(await again).toEqual({ is: 'stopped' });
  // What both timelines have in common is the same on both.
  const common = Number(end.at - segmentStart(end.at, size));
  expect(next.bytes().subarray(0, common).equals(run.sink.bytes().subarray(-common))).toBe(true);
});
