// What the primary tells of how its WAL and its backups are had: rights, settings, slot, archiver, clock.

import { makeSite, type ReachedSite } from '../drivers/site.ts';
import { Fault } from '../faults.ts';
import type { NodeName } from '../ports.ts';
import type { CheckPoint } from '../report/check-text.ts';
import { identityOf } from '../repo/identity.ts';
import { leases } from '../repo/lease.ts';
import { receiverLease } from '../repo/receiver-lease.ts';
import type { ClusterRepository } from '../repo/repository.ts';
import {
  between,
  bytes,
  type Duration,
  type Instant,
  ms,
  parseInstant,
  seconds,
  showBytes,
  showDuration,
} from '../time.ts';
import { bad, good } from './check-repository.ts';
import type { BackedUp } from './open-repository.ts';
import { replicationSessions } from './replication-sessions.ts';
import { WalSources } from './wal-source.ts';

/** Segments that a receiver may be behind. */
const lagLimit = 64 * 1024 * 1024;
const clockLimit = seconds(30);

/** @param repo undefined where it cannot be opened */
export async function serverPoints(cluster: BackedUp, repo: ClusterRepository | undefined): Promise<CheckPoint[]> {
  const site = makeSite(cluster);
  const sources = new WalSources(cluster, site, cluster.backup.slot);
  try {
    const node = await sources.primary();
    const [said, streaming] = await Promise.all([
      ask(site, node, cluster.backup.slot),
      streamingPoints(cluster, node, repo),
    ]);
    if (said === undefined) return [bad('PostgreSQL', `${node} does not answer`, 'lifeboat status'), ...streaming];
    return [
      good('PostgreSQL', `${node} is the primary, ${said.version}`),
      rightsPoint(said),
      walLevelPoint(said),
      ...streaming,
      ...(await walInPoints(cluster, node, said, repo)),
      clockPoint(node, said),
    ];
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return [bad('PostgreSQL', error.message, error.hint ?? 'lifeboat status')];
  } finally {
    await Promise.all([sources.close(), site.close()]);
  }
}

interface Said {
  readonly version: string;
  readonly superuser: boolean;
  readonly replication: boolean;
  readonly walLevel: string;
  readonly archiveMode: string;
  readonly archiveCommand: string;
  /** Times of pg_stat_archiver; null where it never happened. */
  readonly archived: Instant | null;
  readonly archiveFailed: Instant | null;
  readonly failedWal: string;
  readonly slot: { readonly active: boolean; readonly lag: number; readonly state: string } | null;
  readonly now: Instant;
  /** When the answer was here. */
  readonly heard: Instant;
}

const sql = `select current_setting('server_version'), r.rolsuper::text, r.rolreplication::text, current_setting('wal_level'),
  current_setting('archive_mode'), current_setting('archive_command'),
  coalesce(to_char(a.last_archived_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), ''),
  coalesce(to_char(a.last_failed_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), ''), coalesce(a.last_failed_wal, ''),
  coalesce(s.active::text, ''), coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn), 0)::text, coalesce(s.wal_status, ''),
  to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
  from pg_roles r, pg_stat_archiver a left join pg_replication_slots s on s.slot_name = $1 where r.rolname = current_user`;

async function ask(site: ReachedSite, node: NodeName, slot: string): Promise<Said | undefined> {
  const answer = await site.host(node).rows({ text: sql, values: [slot] }, seconds(10));
  const row = answer.is === 'rows' ? answer.rows[0] : undefined;
  if (row === undefined) return undefined;
  const [
    version = '',
    superuser,
    replication,
    walLevel = '',
    archiveMode = '',
    archiveCommand = '',
    archived = '',
    failed = '',
  ] = row;
  const [failedWal = '', active = '', lag = '', state = '', now = ''] = row.slice(8);
  return {
    version,
    superuser: superuser === 'true',
    replication: replication === 'true',
    walLevel,
    archiveMode,
    archiveCommand,
    archived: parseInstant(archived) ?? null,
    archiveFailed: parseInstant(failed) ?? null,
    failedWal,
    slot: active === '' ? null : { active: active === 'true', lag: Number(lag), state },
    now: parseInstant(now) ?? ('1970-01-01T00:00:00Z' as Instant),
    heard: new Date().toISOString() as Instant,
  };
}

function rightsPoint({ superuser, replication }: Said): CheckPoint {
  const name = 'superuser or standard user with backup privileges';
  return superuser || replication
    ? good(name, superuser ? 'superuser' : 'has REPLICATION')
    : bad(name, 'neither superuser nor REPLICATION', 'ALTER ROLE … REPLICATION');
}

const walLevelPoint = ({ walLevel }: Said): CheckPoint =>
  walLevel === 'minimal'
    ? bad(
        'wal_level',
        'minimal: nothing can be recovered from its WAL',
        "ALTER SYSTEM SET wal_level = 'replica', and restart",
      )
    : good('wal_level', walLevel);

/** One session as a backup has it; and whether it is the cluster that the repository keeps. */
async function streamingPoints(
  cluster: BackedUp,
  node: NodeName,
  repo: ClusterRepository | undefined,
): Promise<CheckPoint[]> {
  const sessions = replicationSessions(cluster, node);
  try {
    const replication = await sessions.open('lifeboat check');
    try {
      const server = await replication.identify();
      const known = repo && (await identityOf(repo).catch(() => undefined));
      const name = 'systemid coherence';
      const coherent =
        known === undefined
          ? good(name, 'nothing is kept of it yet')
          : known.systemId === server.systemId && known.segmentSize === server.segmentSize
            ? good(name, `system identifier ${known.systemId}`)
            : bad(
                name,
                `the repository keeps ${known.systemId}, ${node} has ${server.systemId}`,
                'give the other server a name of its own in the inventory',
              );
      return [good('PostgreSQL streaming'), coherent];
    } finally {
      await replication.close();
    }
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return [bad('PostgreSQL streaming', error.message, error.hint ?? 'look at pg_hba.conf and max_wal_senders')];
  } finally {
    await sessions.close();
  }
}

/** WAL comes by a receiver, or by archive_command: one of them must do. */
async function walInPoints(
  cluster: BackedUp,
  node: NodeName,
  said: Said,
  repo: ClusterRepository | undefined,
): Promise<CheckPoint[]> {
  const archives = said.archiveMode !== 'off' && /\blifeboat\b.*\bwal\s+push\b/.test(said.archiveCommand);
  const receiver =
    repo && (await leases(repo)).find(one => one.kind === receiverLease.kind && one.id === receiverLease.id);
  const archiver = archives ? [archiverPoint(said)] : [];
  if (archives && said.slot === null && receiver === undefined) return archiver;
  return [
    ...archiver,
    slotPoint(cluster.backup.slot, node, said.slot),
    receiver === undefined
      ? bad('receive-wal running', 'no receiver is at work', 'lifeboat wal receive')
      : good('receive-wal running', `${receiver.owner}, process ${receiver.pid} on ${receiver.host}`),
  ];
}

function archiverPoint({ archived, archiveFailed, failedWal }: Said): CheckPoint {
  const name = 'archiver errors';
  const fails = archiveFailed !== null && (archived === null || between(archived, archiveFailed) > 0);
  return fails
    ? bad(name, `archive_command fails since ${archiveFailed} at ${failedWal}`, 'the log of the server says why')
    : good(name, 'none');
}

function slotPoint(slot: string, node: NodeName, seen: Said['slot']): CheckPoint {
  const name = 'replication slot';
  const again = 'lifeboat wal receive --create-slot';
  if (seen === null) return bad(name, `there is no slot "${slot}" on ${node}`, again);
  if (seen.state === 'lost')
    return bad(name, `the slot "${slot}" on ${node} has lost WAL`, `drop it, then ${again}, then lifeboat backup`);
  const lag = showBytes(bytes(seen.lag));
  if (!seen.active)
    return bad(name, `the slot "${slot}" on ${node} is not in use and holds back ${lag}`, 'lifeboat wal receive');
  return seen.lag > lagLimit
    ? bad(name, `the receiver is ${lag} behind`, 'look at its machine and the line to it: lifeboat wal status')
    : good(name, `"${slot}" on ${node} is in use, ${lag} behind`);
}

function clockPoint(node: NodeName, { now, heard }: Said): CheckPoint {
  const apart: Duration = ms(Math.abs(between(now, heard)));
  const words = `${showDuration(apart)} apart from ${node}`;
  return apart > clockLimit
    ? bad('clock', words, 'targets in time would be missed: chronyc tracking on both')
    : good('clock', words);
}
