// Sees to it that the WAL of a backup is kept: by a receiver that runs beside it, or by the one that is there already.

import { Fault } from '../faults.ts';
import { showLsn } from '../postgres/lsn.ts';
import { lastSegmentName } from '../postgres/segment.ts';
import { type Duration, ms, seconds, showDuration } from '../time.ts';
import type { WalPoint } from './backup-news.ts';
import type { WalKeeper } from './base-backup.ts';
import { type Lease, leases, takeLease } from './lease.ts';
import { receive, type WalSource } from './receive.ts';
import type { TellReceive } from './receive-events.ts';
import { receiverLease } from './receiver-lease.ts';
import type { ClusterRepository } from './repository.ts';
import { isKept, walKept } from './wal-catalog.ts';
import { indexSegment } from './wal-index.ts';

export interface BackupWalOptions {
  /** user@machine, for whoever meets the lease. */
  readonly owner: string;
  /** How long no WAL may come, while some is still missing, before the backup is given up. */
  readonly patience: Duration;
}

const look = ms(100);

/**
 * @param open a session of its own with the server that the backup is taken from; its slot is temporary, so that nothing is left
 */
export function backupWal(
  repo: ClusterRepository,
  open: () => Promise<WalSource>,
  options: BackupWalOptions,
  tell: TellReceive,
): WalKeeper {
  const stop = new AbortController();
  let begun: WalPoint | undefined;
  let receiving: Receiving | undefined;

  const begin = async (start: WalPoint): Promise<void> => {
    begun = start;
    const lease = await freeLease(repo, options.owner);
    if (lease) receiving = new Receiving(repo, lease, open, start, tell, stop.signal);
  };

  const kept = async (until: WalPoint): Promise<void> => {
    if (begun === undefined) throw new Error('kept() before begin()');
    if (until.timeline !== begun.timeline) {
      throw new Fault(
        'failed',
        `the backup began on timeline ${String(begun.timeline)} and ended on ${String(until.timeline)}`,
        {
          hint: 'the standby was promoted meanwhile; take another backup',
        },
      );
    }
    let moved = repo.clock.ticks();
    let seen = '';
    for (;;) {
      const began = repo.clock.ticks();
      const wal = await walKept(repo);
      if (isKept(wal, begun.timeline, begun.lsn, until.lsn)) return;
      if (receiving?.failed) throw receiving.failed;
      const now = wal.stretches.map(({ to }) => String(to)).join();
      if (now !== seen) moved = repo.clock.ticks();
      seen = now;
      // Whoever else received has left: then it is ours to do.
      if (receiving === undefined) await begin(begun);
      if (repo.clock.ticks() - moved > options.patience) throw missing(begun, until, wal.segmentSize, options.patience);
      // A long list of segments takes its time to read: no more than a quarter of ours.
      await repo.clock.sleep(ms(Math.max(look, 3 * (repo.clock.ticks() - began))));
    }
  };

  const end = async (): Promise<void> => {
    stop.abort();
    await receiving?.ended;
  };

  return { begin, kept, end };
}

class Receiving {
  failed: Error | undefined;
  readonly ended: Promise<void>;

  constructor(
    repo: ClusterRepository,
    lease: Lease,
    open: () => Promise<WalSource>,
    from: WalPoint,
    tell: TellReceive,
    stop: AbortSignal,
  ) {
    const slot = { name: `lifeboat_backup_${repo.works.random(4).toString('hex')}`, temporary: true, create: true };
    const finished = async (name: string, bytes: Buffer): Promise<void> => {
      await indexSegment(repo, name, bytes);
    };
    const options = { slot, statusEvery: seconds(10), from, again: true, finished };
    this.ended = receive(repo, open, options, tell, AbortSignal.any([stop, lease.lost]))
      .then(
        () => undefined,
        (error: unknown) => {
          this.failed = error instanceof Error ? error : new Error(String(error));
        },
      )
      .then(() => lease.release());
  }
}

/** Undefined where a receiver holds it. */
async function freeLease(repo: ClusterRepository, owner: string): Promise<Lease | undefined> {
  const held = (await leases(repo)).some(({ kind, id }) => kind === receiverLease.kind && id === receiverLease.id);
  if (held) return undefined;
  try {
    return await takeLease(repo, receiverLease, owner);
  } catch (error) {
    if (error instanceof Fault && error.code === 'locked') return undefined;
    throw error;
  }
}

function missing(begun: WalPoint, until: WalPoint, segmentSize: number, patience: Duration): Fault {
  const last = lastSegmentName(until.timeline, until.lsn, segmentSize);
  return new Fault(
    'failed',
    `the WAL of the backup from ${showLsn(begun.lsn)} to ${showLsn(until.lsn)} is not kept after ${showDuration(patience)} without any coming; the last segment is "${last}"`,
    { hint: 'lifeboat wal status' },
  );
}
