// How far a backup can be replayed with the WAL that is kept. Pure.

import { compareLsn, type Lsn } from '../postgres/lsn.ts';
import { forkPoint, type History, type Timeline } from '../postgres/timeline.ts';
import type { Backup } from './backup.ts';
import type { WalKept } from './wal-kept.ts';

export interface Reach {
  readonly timeline: Timeline;
  /** The end of the WAL on it, without a gap from the backup on. */
  readonly lsn: Lsn;
}

/**
 * On the highest timeline that can be reached, which is what a restore follows unless told otherwise. Null where not even the backup's own WAL is kept: it
 * cannot be made consistent.
 */
export function reachOf(backup: Pick<Backup, 'timeline' | 'start' | 'stop'>, wal: WalKept): Reach | null {
  const { timeline, start, stop } = backup;
  const own = endOf(wal, timeline, start);
  if (own === undefined || compareLsn(own, stop) < 0) return null;
  let best: Reach = { timeline, lsn: own };
  for (const history of wal.histories.values()) {
    const fork = forkPoint(history, timeline);
    if (history.timeline < best.timeline || fork === undefined || compareLsn(fork, stop) < 0) continue;
    const lsn = alongTo(history, backup, wal);
    if (lsn !== undefined) best = { timeline: history.timeline, lsn };
  }
  return best;
}

/** Undefined where WAL is missing on the way. */
function alongTo(
  history: History,
  { timeline, start }: Pick<Backup, 'timeline' | 'start'>,
  wal: WalKept,
): Lsn | undefined {
  const from = history.ancestors.findIndex(ancestor => ancestor.timeline === timeline);
  let at = start;
  for (const leg of history.ancestors.slice(from)) {
    const end = endOf(wal, leg.timeline, at);
    if (end === undefined || compareLsn(end, leg.end) < 0) return undefined;
    at = leg.end;
  }
  return endOf(wal, history.timeline, at);
}

function endOf(wal: WalKept, timeline: Timeline, at: Lsn): Lsn | undefined {
  return wal.stretches.find(
    one => one.timeline === timeline && compareLsn(one.from, at) <= 0 && compareLsn(at, one.to) <= 0,
  )?.to;
}
