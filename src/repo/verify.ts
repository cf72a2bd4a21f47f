// Reads everything of a cluster in the repository, or a share of it, and proves that it is what was put there.

import type { Duration, Instant } from '../time.ts';
import { ms } from '../time.ts';
import { Fault } from '../faults.ts';
import type { Backup } from './backup.ts';
import type { Finding } from './finding.ts';
import type { BackupId } from './layout.ts';
import { takeLease } from './lease.ts';
import { findOrphans } from './orphans.ts';
import { rememberProof } from './proof.ts';
import type { ClusterRepository } from './repository.ts';
import { findingsOf } from './spoiled.ts';
import { takeStock } from './stock.ts';
import type { Stored } from './store.ts';
import { Reading, type VerifyCount, type VerifyNews } from './verify-reading.ts';
import { nextShare, rememberShare, type Share } from './verify-share.ts';
import { Wounds } from './wound.ts';

export type { VerifyNews } from './verify-reading.ts';

export interface VerifyOptions {
  /** Only these backups, with the WAL that makes them consistent; all, and all WAL, where absent. */
  readonly only?: readonly BackupId[];
  /** How much of the blocks and of the WAL: 0.05; another twentieth each time. All where absent. */
  readonly sample?: number;
  /** user@machine. */
  readonly owner: string;
}

export interface Verified {
  readonly cluster: string;
  readonly at: Instant;
  readonly took: Duration;
  readonly share: Share | null;
  /** Those that were looked at. */
  readonly backups: readonly { readonly id: BackupId; readonly ok: boolean; readonly what: string }[];
  readonly findings: readonly Finding[];
  /** What belongs to no backup: left by one that did not come to its end, or a summary that is gone. */
  readonly orphans: readonly Stored[];
  readonly read: VerifyCount;
}

/** Damage is what it returns, never what it throws. Throws a Fault `interrupted` where `stop` was raised: nothing is remembered then. */
export async function verify(
  repo: ClusterRepository,
  options: VerifyOptions,
  tell: (news: VerifyNews) => void,
  stop: AbortSignal,
): Promise<Verified> {
  const lease = await takeLease(repo, { kind: 'verify' }, options.owner);
  const began = repo.clock.ticks();
  try {
    const wounds = new Wounds(wound => tell({ is: 'found', wound }));
    const share = options.sample === undefined ? null : await nextShare(repo, options.sample);
    const stock = await takeStock(repo, wounds, options.only, ids => lease.add(ids));
    const orphans = [...(await findOrphans(repo)), ...stock.strange];
    const reading = new Reading({ repo, stock, share, wounds, tell, halt: () => halt(stop, lease.lost) });
    await reading.all();
    const findings = await findingsOf(repo, stock.sound, wounds.all);
    await lease.confirm();
    const at = repo.clock.now();
    const backups = stock.chosen.map(backup => ({ id: backup.id, ...proofOf(backup, findings, share) }));
    const how = share === null ? 'read' : 'sample';
    for (const { id, ok, what } of backups) await rememberProof(repo, id, { at, how, ok, what });
    // A sample of some backups is not one of everything.
    if (share !== null && options.only === undefined) await rememberShare(repo, share);
    const took = ms(repo.clock.ticks() - began);
    return { cluster: repo.cluster, at, took, share, backups, findings, orphans, read: reading.count };
  } finally {
    await lease.release();
  }
}

function proofOf(
  { id, blocks }: Backup,
  findings: readonly Finding[],
  share: Share | null,
): { readonly ok: boolean; readonly what: string } {
  const own = findings.find(({ backups }) => backups.some(one => one.id === id));
  if (own !== undefined) return { ok: false, what: `${own.object}: ${own.what}` };
  const part = share === null ? '' : ` (share ${share.number + 1} of ${share.of})`;
  return { ok: true, what: `its ${blocks.all} blocks and its WAL${part}` };
}

function halt(stop: AbortSignal, lost: AbortSignal): void {
  if (lost.aborted)
    throw new Fault('locked', 'the lease of this verification was lost: it could not be renewed for too long', {
      hint: 'run it again; look at the disk of the repository: df, iostat',
    });
  if (stop.aborted) throw new Fault('interrupted', 'interrupted; what was read until then was not remembered');
}
