// A base backup into the repository: it is there when its summary is, which is put last; whatever goes wrong before leaves nothing to be seen.

import { Fault } from '../faults.ts';
import { bytes, type Instant } from '../time.ts';
import type { Backup } from './backup.ts';
import { encodeBackup } from './backup-codec.ts';
import type { TellBackup, WalPoint } from './backup-news.ts';
import { BackupStream, type Streamed } from './backup-stream.ts';
import { listBackups } from './catalog.ts';
import { claimCluster } from './identity.ts';
import type { BackupId } from './layout.ts';
import { type Lease, takeLease } from './lease.ts';
import { removeOrphans } from './orphans.ts';
import { loadPrevious } from './previous.ts';
import type { BackupEnd, BaseBackupOptions, Replication, ServerIdentity } from './replication.ts';
import type { ClusterRepository } from './repository.ts';
import type { Works } from './works.ts';

/** Sees to it that the WAL of a backup is kept, whoever brings it. */
export interface WalKeeper {
  /** The backup starts here: from now on no WAL may be missed. Rejects where it cannot be kept. */
  begin(start: WalPoint): Promise<void>;
  /** Resolves when all WAL from the beginning up to here is durable in the repository. */
  kept(until: WalPoint): Promise<void>;
  /** The backup is over, well or not. */
  end(): Promise<void>;
}

export interface BackupOptions extends Omit<BaseBackupOptions, 'label'> {
  /** The backup's id where absent. */
  readonly label?: string | undefined;
  /** The node that it is taken from, and what that is. */
  readonly from: string;
  readonly role: Backup['role'];
  /** Names of tablespaces by their oids, as far as they are known. */
  readonly tablespaces?: ReadonlyMap<string, string>;
  /** False: it is recorded before its WAL is kept, for sites where that comes in by other ways. */
  readonly wait: boolean;
  /** user@machine, for whoever meets the lease. */
  readonly owner: string;
  readonly stop?: AbortSignal | undefined;
}

/**
 * Takes one. A page checksum failure gives a backup of status `failed`, which is kept for inspection and never offered for a restore. Anything else that
 * fails throws (a Fault as the replication or the store has it; `interrupted` where `stop` was raised) and leaves no backup and, as far as the store lets
 * us, none of its packs.
 */
export async function takeBackup(
  repo: ClusterRepository,
  replication: Replication,
  wal: WalKeeper,
  options: BackupOptions,
  tell: TellBackup,
): Promise<Backup> {
  const server = await replication.identify();
  const { systemId, version, segmentSize } = server;
  await claimCluster(repo, { systemId, major: version.major, segmentSize }, options.from);
  const cleared = await removeOrphans(repo);
  if (cleared.length > 0) {
    tell({ is: 'cleared', things: cleared.length, bytes: bytes(cleared.reduce((sum, { size }) => sum + size, 0)) });
  }
  const started = repo.clock.now();
  const id = backupId(repo.works, started);
  const base = (await listBackups(repo)).findLast(({ status }) => status === 'ok');
  const lease = await takeLease(repo, { kind: 'backup', id, names: base ? [base.id] : [] }, options.owner);
  const stop = AbortSignal.any([lease.lost, ...(options.stop ? [options.stop] : [])]);
  const close = (): void => void replication.close();
  stop.addEventListener('abort', close, { once: true });
  try {
    // Read under the lease that names it: what the new backup refers to is not removed any more.
    const previous =
      base && (await loadPrevious(repo, base.id, why => tell({ is: 'unreadable', backup: base.id, why })));
    tell({ is: 'asked', id, previous: previous?.backup.id ?? null });
    const began = (start: WalPoint): Promise<void> => wal.begin(start);
    const stream = new BackupStream({ repo, id, previous, tell, began });
    return await finished({ repo, replication, wal, options, tell, server, started, id, stream, lease, stop });
  } catch (error) {
    if (options.stop?.aborted === true) throw interrupted(error);
    // What broke off then is the connection, and that we closed ourselves.
    if (lease.lost.aborted) await lease.confirm();
    throw error;
  } finally {
    stop.removeEventListener('abort', close);
    await wal.end();
    await lease.release();
  }
}

interface Taking {
  readonly repo: ClusterRepository;
  readonly replication: Replication;
  readonly wal: WalKeeper;
  readonly options: BackupOptions;
  readonly tell: TellBackup;
  readonly server: ServerIdentity;
  readonly started: Instant;
  readonly id: BackupId;
  readonly stream: BackupStream;
  readonly lease: Lease;
  readonly stop: AbortSignal;
}

async function finished(taking: Taking): Promise<Backup> {
  const { repo, replication, wal, options, tell, id, stream, lease, stop } = taking;
  const { label = id, checkpoint, rate, serverCompression, wait } = options;
  const summary = repo.names.summary(id);
  try {
    const end = await replication.baseBackup({ label, checkpoint, rate, serverCompression }, stream);
    const streamed = await stream.finish();
    const { timeline, lsn } = end;
    if (wait) {
      tell({ is: 'waiting-for-wal', timeline, lsn });
      await orStopped(wal.kept({ timeline, lsn }), stop);
    }
    const backup = summaryOf(taking, streamed, end);
    await lease.confirm();
    await stillThere(repo, backup);
    if (!(await repo.vault.putIfAbsent(summary, 'backup', encodeBackup(backup)))) {
      throw new Error(`two backups are called ${id}`);
    }
    return backup;
  } catch (error) {
    // The summary first: where it is there (its fsync failed), nothing that it names may be missing.
    await repo.store.remove(summary);
    await stream.abort(error);
    throw error;
  }
}

function summaryOf(taking: Taking, { start, ...streamed }: Streamed, end: BackupEnd): Backup {
  const { repo, options, server, started, id } = taking;
  const tablespaces = start.tablespaces.map(({ oid, location }) => ({
    oid,
    name: options.tablespaces?.get(oid) ?? null,
    location,
  }));
  return {
    format: 1,
    id,
    cluster: repo.cluster,
    label: options.label ?? id,
    status: end.damaged === null ? 'ok' : 'failed',
    damaged: end.damaged,
    systemId: server.systemId,
    version: server.version.text,
    segmentSize: server.segmentSize,
    from: options.from,
    role: options.role,
    started,
    stopped: repo.clock.now(),
    timeline: start.timeline,
    start: start.lsn,
    stop: end.lsn,
    stopTimeline: end.timeline,
    ...streamed,
    tablespaces,
  };
}

/**
 * Where this process stood still for long (a frozen virtual machine), its lease has gone stale, and an expiry may have cleared away what it had put. A
 * backup that says OK without them would be found out in the restore only.
 */
async function stillThere(repo: ClusterRepository, { id, packs }: Backup): Promise<void> {
  const there = new Set((await repo.store.list(repo.names.packs)).map(({ name }) => name));
  const gone = packs.find(name => !there.has(name));
  if (gone === undefined) return;
  throw new Fault('failed', `"${gone}" of backup ${id} was removed from ${repo.where} before the backup was over`, {
    hint: 'take it again: lifeboat backup. Did this machine stand still for more than a minute?',
  });
}

/** `20261121T031244Z-k3f9`. */
function backupId(works: Works, at: Instant): BackupId {
  const letters = 'abcdefghijkmnpqrstuvwxyz23456789';
  const end = [...works.random(4)].map(byte => letters[byte % letters.length]).join('');
  return `${at.slice(0, 19).replace(/[-:]/g, '')}Z-${end}`;
}

function orStopped(promise: Promise<void>, stop: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stopped = (): void => reject(new Error('stopped'));
    if (stop.aborted) stopped();
    stop.addEventListener('abort', stopped, { once: true });
    promise.then(resolve, reject).finally(() => stop.removeEventListener('abort', stopped));
  });
}

const interrupted = (cause: unknown): Fault =>
  new Fault('interrupted', 'the backup was interrupted; nothing of it is left in the repository', {
    cause,
    hint: 'take it again: lifeboat backup',
  });
