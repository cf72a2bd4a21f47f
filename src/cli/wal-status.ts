// lifeboat wal status: which WAL is kept, who brings it, and what the slot holds back on the primary.

import { makeSite } from '../drivers/site.ts';
import { exits, Fault } from '../faults.ts';
import { jsonText } from '../report/plain-data.ts';
import { type SlotSeen, type WalStatus, walStatusText } from '../report/wal-status-text.ts';
import { leases } from '../repo/lease.ts';
import { receiverLease } from '../repo/receiver-lease.ts';
import { gapsOf, keptFiles, walKept } from '../repo/wal-catalog.ts';
import type { BackedUp } from './open-repository.ts';
import { openForCluster } from './open-repository.ts';
import { bytes, instant, seconds } from '../time.ts';
import type { InventoryOptions } from './inventory-file.ts';
import type { Terminal } from './terminal.ts';
import { WalSources } from './wal-source.ts';

/** Exit 0 where no WAL is missing in between, 4 where some is. */
export async function walStatus(
  terminal: Terminal,
  options: InventoryOptions & { readonly json?: boolean },
): Promise<number> {
  const { cluster, repo } = await openForCluster(terminal, options);
  const [kept, held, slot] = await Promise.all([walKept(repo), leases(repo), slotOf(cluster)]);
  const files = await keptFiles(repo, kept.segmentSize);
  const receiver = held.find(({ kind, id }) => kind === receiverLease.kind && id === receiverLease.id);
  const found: WalStatus = {
    cluster: cluster.name,
    repository: repo.where,
    segmentSize: bytes(kept.segmentSize),
    receiver: receiver ? { owner: receiver.owner, pid: receiver.pid, since: receiver.started } : null,
    slot,
    stretches: kept.stretches.map(stretch => {
      const own = files.filter(
        ({ timeline, start }) => timeline === stretch.timeline && start >= stretch.from && start < stretch.to,
      );
      const last = Math.max(...own.map(({ at }) => at));
      return {
        ...stretch,
        last: Number.isFinite(last) ? instant(new Date(last)) : null,
        rate: rateOf(
          own.map(({ at }) => at),
          kept.segmentSize,
        ),
      };
    }),
    gaps: gapsOf(kept),
  };
  if (options.json === true) terminal.out(`${jsonText(found)}\n`);
  else terminal.out(`${walStatusText(found, { width: terminal.width, colour: terminal.colour })}\n`);
  return found.gaps.length === 0 ? exits.ok : exits.refused;
}

/** Of the last twenty segments, in bytes per second. */
function rateOf(times: readonly number[], segmentSize: number): number | null {
  const recent = times.slice(-20);
  const [first, last] = [recent[0] ?? 0, recent.at(-1) ?? 0];
  return recent.length < 2 || last <= first
    ? null
    : Math.round(((recent.length - 1) * segmentSize * 1000) / (last - first));
}

/** Null where nobody can be asked: what is kept can be seen all the same. */
async function slotOf(cluster: BackedUp): Promise<SlotSeen | string> {
  const site = makeSite(cluster);
  const sources = new WalSources(cluster, site, cluster.backup.slot);
  const name = cluster.backup.slot;
  try {
    const node = await sources.primary();
    const answer = await site.host(node).rows({ text: slotSql, values: [name] }, seconds(10));
    if (answer.is !== 'rows') return `${node}: the slot "${name}" cannot be asked for`;
    const [row] = answer.rows;
    if (row === undefined) return `${node}: there is no replication slot "${name}"`;
    const [active = '', restart = '', holds = '', state = '', sync = ''] = row;
    return { node, name, active: active === 'true', restart, holds: bytes(Number(holds)), state, sync };
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  } finally {
    await Promise.all([sources.close(), site.close()]);
  }
}

const slotSql = `select s.active::text, coalesce(s.restart_lsn::text, ''), coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn), 0)::text,
  coalesce(s.wal_status, ''), coalesce(r.sync_state, '')
  from pg_replication_slots s left join pg_stat_replication r on r.pid = s.active_pid where s.slot_name = $1`;
