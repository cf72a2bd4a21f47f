// What a simulated server does when it is started, stopped, killed or promoted, in PostgreSQL's own words and order.

import { type Lsn, lsn, showLsn } from '../../postgres/lsn.ts';
import { segmentName, segmentStart } from '../../postgres/segment.ts';
import { timeline } from '../../postgres/timeline.ts';
import type { Severity } from '../../postgres/log-line.ts';
import type { Instant } from '../../time.ts';
import { endOfWal, isDown, type MemoryNode } from './node.ts';
import { fenceOf, type Find, written } from './standby.ts';
import { complains, type Program, said } from './program.ts';
import { restoreDirectory, segmentSize, streams } from './wal.ts';

/** What a server needs of the world around it. */
export interface Around {
  now(): Instant;
  /** Seconds since 1970, as postmaster.pid has them. */
  epoch(): number;
  nextPid(): number;
  /** Who answers at an address. */
  readonly find: Find;
  /** The standbys that stream from it. */
  fed(node: MemoryNode): readonly MemoryNode[];
  /** Tells that a server has become a primary. */
  promoted(node: MemoryNode): void;
  /** Where a recovery to this transaction ends, or to `latest` or `immediate`. */
  recoveredTo(target: string): Lsn;
  /** Happens after so many milliseconds. */
  later(milliseconds: number, happens: () => void): void;
}

const signalFile = (node: MemoryNode): string => `${node.site.postgres.data}/standby.signal`;
export const hasSignal = (node: MemoryNode): boolean => node.files.has(signalFile(node));

/** pg_ctl start: refused while a process of the same data directory is left; a standby where standby.signal lies there. */
export function start(node: MemoryNode, around: Around): Program {
  const { data } = node.site.postgres;
  if (!node.files.has(`${data}/PG_VERSION`))
    return complains(`pg_ctl: directory "${data}" is not a database cluster directory`);
  if (node.server) return complains(`pg_ctl: another server might be running; trying to start server anyway`);
  const say = speaker(node, around);
  const pid = around.nextPid();
  if (node.sessions > 0) {
    say(pid, 'pre-existing shared memory block (key 5432001, ID 7) is still in use', 'FATAL');
    return complains('pg_ctl: could not start server');
  }
  const fence = fenceOf(node);
  if (fence !== undefined) {
    say(pid, `unrecognized configuration parameter "lifeboat_fence" in file "${data}/postgresql.auto.conf" line 3`);
    say(pid, `configuration file "${data}/postgresql.auto.conf" contains errors`, 'FATAL');
    return complains('pg_ctl: could not start server\nExamine the log output.');
  }
  const startup = around.nextPid();
  node.server = { pid, started: around.epoch(), frozen: false, accepting: true };
  node.sessions = 6;
  node.settings.clear();
  for (const [name, value] of [...node.written, ...written(node)]) node.settings.set(name, value);
  say(pid, 'starting PostgreSQL 15.18 (Debian 15.18-0+deb12u1) on x86_64-pc-linux-gnu, compiled by gcc, 64-bit');
  if (recovers(node)) startRecovery(node, startup, say, around);
  else if (hasSignal(node)) startAsStandby(node, startup, say, around);
  else startAsPrimary(node, startup, say);
  node.clean = false;
  return said('server started');
}

type Say = (pid: number, message: string, severity?: Severity) => void;
const speaker =
  (node: MemoryNode, around: Around): Say =>
  (pid, message, severity) => {
    node.log.write(around.now(), pid, message, severity);
  };

function startAsStandby(node: MemoryNode, startup: number, say: Say, around: Around): void {
  const at = node.role === 'primary' ? endOfWal(node) : (node.replayed ?? endOfWal(node));
  say(
    startup,
    node.clean && node.role === 'primary'
      ? 'database system was shut down at 2026-11-21 03:00:00 UTC'
      : node.clean
        ? 'database system was shut down in recovery at 2026-11-21 03:00:00 UTC'
        : 'database system was interrupted while in recovery at log time 2026-11-21 03:00:00 UTC',
  );
  say(startup, 'entering standby mode');
  if (!node.clean) say(startup, `redo starts at ${showLsn(at)}`);
  say(startup, `consistent recovery state reached at ${showLsn(at)}`);
  say(node.server?.pid ?? 0, 'database system is ready to accept read-only connections');
  node.role = 'standby';
  node.received = null;
  node.replayed = at;
  node.replayedSinceStart = false;
  const source = streams(node, around.find);
  const segment = showLsn(segmentStart(at, segmentSize));
  if (source)
    say(startup + 40, `started streaming WAL from primary at ${segment} on timeline ${String(source.timeline)}`);
}

const recoverySignal = (node: MemoryNode): string => `${node.site.postgres.data}/recovery.signal`;
const recovers = (node: MemoryNode): boolean => node.files.has(recoverySignal(node));

/** Recovery: read-only as soon as it is consistent, a primary on a timeline of its own when it has replayed to where it shall end. */
function startRecovery(node: MemoryNode, startup: number, say: Say, around: Around): void {
  const xid = node.settings.get('recovery_target_xid') ?? '';
  const postmaster = node.server?.pid ?? 0;
  const at = node.replayed ?? lsn(0n);
  say(startup, 'database system was interrupted while in recovery at log time 2026-11-21 03:00:00 UTC');
  if (xid !== '') say(startup, `starting point-in-time recovery to XID ${xid}`);
  else if (isImmediate(node)) say(startup, 'starting point-in-time recovery to earliest consistent point');
  else say(startup, 'starting archive recovery');
  say(startup, `redo starts at ${showLsn(at)}`);
  say(startup, `consistent recovery state reached at ${showLsn(at)}`);
  say(postmaster, 'database system is ready to accept read-only connections');
  around.later(4000, () => {
    if (node.server?.pid === postmaster) endRecovery(node, startup, say, around);
  });
}

const isImmediate = (node: MemoryNode): boolean => node.settings.get('recovery_target') === 'immediate';

function endRecovery(node: MemoryNode, startup: number, say: Say, around: Around): void {
  const xid = node.settings.get('recovery_target_xid') ?? '';
  const side = node.settings.get('recovery_target_inclusive') === 'off' ? 'before' : 'after';
  const end = around.recoveredTo(xid === '' ? (isImmediate(node) ? 'immediate' : 'latest') : xid);
  if (xid !== '')
    say(startup, `recovery stopping ${side} commit of transaction ${xid}, time 2026-11-21 03:10:00.000000+00`);
  else if (isImmediate(node)) say(startup, 'recovery stopping after reaching consistency');
  say(startup, `redo done at ${showLsn(end)} system usage: CPU: user: 0.06 s, system: 0.10 s, elapsed: 5.84 s`);
  node.timeline = 2;
  say(startup, 'selected new timeline ID: 2');
  say(startup, 'archive recovery complete');
  say(node.server?.pid ?? 0, 'database system is ready to accept connections');
  const own = node.wal.get(1);
  if (own) own.end = end;
  node.wal.set(2, { from: end, end });
  node.role = 'primary';
  node.received = node.replayed = null;
  node.files.delete(recoverySignal(node));
  around.promoted(node);
}

function startAsPrimary(node: MemoryNode, startup: number, say: Say): void {
  const at = showLsn(endOfWal(node));
  if (node.clean) say(startup, 'database system was shut down at 2026-11-21 03:00:00 UTC');
  else {
    say(startup, 'database system was interrupted; last known up at 2026-11-21 03:00:00 UTC');
    say(startup, 'database system was not properly shut down; automatic recovery in progress');
    say(startup, `redo starts at ${at}`);
    say(startup, `redo done at ${at} system usage: CPU: user: 0.00 s, system: 0.00 s, elapsed: 0.00 s`);
  }
  say(node.server?.pid ?? 0, 'database system is ready to accept connections');
  node.role = 'primary';
  node.received = null;
  node.replayed = null;
}

/** pg_ctl stop. A killed postmaster cannot be told, and a frozen one does not listen: its sessions go on writing. */
export function stop(node: MemoryNode, mode: string, around: Around): Program {
  const { server, site } = node;
  if (!server) {
    return node.sessions > 0
      ? complains('pg_ctl: could not send stop signal (PID: 4100): No such process')
      : complains(`pg_ctl: PID file "${site.postgres.data}/postmaster.pid" does not exist\nIs server running?`);
  }
  if (server.frozen)
    return complains(
      'waiting for server to shut down....................... failed\npg_ctl: server does not shut down',
    );
  const say = speaker(node, around);
  say(server.pid, `received ${mode} shutdown request`);
  if (mode !== 'immediate') {
    say(around.nextPid(), 'shutting down');
    shutdownCheckpoint(node, around);
  }
  say(server.pid, 'database system is shut down');
  gone(node, mode !== 'immediate');
  return said('server stopped');
}

/** The last record of a primary that ends cleanly; the walsenders wait until their standbys have it. */
function shutdownCheckpoint(node: MemoryNode, around: Around): void {
  const wal = node.wal.get(node.timeline);
  if (node.role !== 'primary' || !wal) return;
  const fed = around.fed(node);
  wal.end = lsn(wal.end + 120n);
  for (const standby of fed) {
    standby.received = standby.replayed = wal.end;
    const copy = standby.wal.get(node.timeline);
    if (copy) copy.end = wal.end;
  }
}

/** Every process of the data directory at once. */
export function kill(node: MemoryNode): Program {
  if (!isDown(node)) gone(node, false);
  return said('');
}

function gone(node: MemoryNode, clean: boolean): void {
  node.server = null;
  node.sessions = 0;
  node.clean = clean;
}

/**
 * pg_ctl promote. The last segment is read once more through restore_command: a file there that was cut off in mid-copy ends
 * the server (13, 15, 18). pg_control keeps the former timeline until the next checkpoint.
 */
export function promote(node: MemoryNode, around: Around): Program {
  const { server } = node;
  if (!server)
    return complains(`pg_ctl: PID file "${node.site.postgres.data}/postmaster.pid" does not exist\nIs server running?`);
  if (node.role !== 'standby') return complains('pg_ctl: cannot promote server; server is not in standby mode');
  const say = speaker(node, around);
  const startup = server.pid + 4;
  const at: Lsn = node.replayed ?? lsn(0n);
  say(startup, 'received promote request');
  say(server.pid + 9, 'terminating walreceiver process due to administrator command', 'FATAL');
  const segment = segmentName(timeline(node.timeline), at, segmentSize);
  const file = node.files.get(`${restoreDirectory(node) ?? ''}/${segment}`);
  if (file && 'short' in file && file.short) {
    say(startup, `archive file "${segment}" has wrong size: 262144 instead of 16777216`, 'FATAL');
    say(server.pid, `startup process (PID ${String(startup)}) exited with exit code 1`);
    gone(node, false);
    return complains('pg_ctl: server did not promote in time');
  }
  if (node.replayedSinceStart) {
    say(startup, `redo done at ${showLsn(at)} system usage: CPU: user: 0.06 s, system: 0.10 s, elapsed: 5.84 s`);
    if (node.lastTransaction !== null)
      say(
        startup,
        `last completed transaction was at log time ${node.lastTransaction.replace('T', ' ').replace('Z', '+00')}`,
      );
  } else say(startup, 'redo is not required');
  node.timeline += 1;
  say(startup, `selected new timeline ID: ${String(node.timeline)}`);
  say(startup, 'archive recovery complete');
  say(server.pid, 'database system is ready to accept connections');
  node.role = 'primary';
  node.files.delete(signalFile(node));
  node.wal.set(node.timeline, { from: at, end: at });
  around.promoted(node);
  return said('server promoted');
}
