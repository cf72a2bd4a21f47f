// Where on a backup's way a target lies, by the rules of PostgreSQL's xlogrecovery.c (recoveryStopsBefore, recoveryStopsAfter). Pure.

import type { Lsn } from '../postgres/lsn.ts';
import { segmentName } from '../postgres/segment.ts';
import { type Instant, microsOf } from '../time.ts';
import type { Backup } from './backup.ts';
import type { Found, KnownWal, Reach } from './known-wal.ts';
import type { Target } from './target.ts';
import type { Hole, Reason } from './unreachable.ts';
import type { TransactionEnd } from './wal-kept.ts';

/** Where replay is expected to end. */
export interface ExpectedEnd {
  /** Before or after the record at `lsn`; `at`: there, where the backup is consistent or the WAL ends. */
  readonly is: 'before' | 'after' | 'at';
  readonly lsn: Lsn;
  /** Of the record, where it bears a time. */
  readonly time: Instant | null;
  readonly xid: number | null;
}

export interface Aim {
  readonly is: 'aim';
  readonly end: ExpectedEnd;
  /** The last segment that is read; null: all that there are. */
  readonly through: string | null;
  /** Further places of the same name. */
  readonly again: readonly Lsn[];
  readonly notes: readonly string[];
}

type Miss = { readonly is: 'no'; readonly reason: Reason };

export function aimAt(wal: KnownWal, target: Target, reach: Reach): Aim | Miss {
  switch (target.is) {
    case 'time':
      return atTime(wal, target, reach);
    case 'xid':
      return atXid(wal, target, reach);
    case 'lsn':
      return atLsn(wal, target, reach);
    case 'name':
      return atName(wal, target, reach);
    case 'immediate':
      return hit({ is: 'at', lsn: reach.backup.stop, time: null, xid: null }, wal.nameAt(reach, reach.backup.stop));
    case 'latest':
      return reach.stops.is === 'end'
        ? hit({ is: 'at', lsn: wal.lastRecord(reach), time: null, xid: null }, null)
        : missed(reach, wal);
  }
}

const hit = (end: ExpectedEnd, through: string | null, more: Partial<Aim> = {}): Aim => ({
  is: 'aim',
  end,
  through,
  again: [],
  notes: [],
  ...more,
});

const tooNew = ({ id, stop, stopped }: Backup): Miss => ({
  is: 'no',
  reason: { is: 'before-stop', backup: id, stop, stopped },
});

/** Recovery ends before the first transaction that ended later; one that ended in the same microsecond is in, or not, as `inclusive` says. */
function atTime(wal: KnownWal, { time, inclusive }: Target & { is: 'time' }, reach: Reach): Aim | Miss {
  const { backup } = reach;
  const wanted = microsOf(time);
  const isLater = (at: TransactionEnd['time']): boolean => (inclusive ? microsOf(at) > wanted : microsOf(at) >= wanted);
  // The backup holds what was committed before its stop point, though the server would end such a recovery there without a word.
  const held = wal.latestBefore(backup);
  if (isLater(held?.time ?? backup.stopped)) return tooNew(backup);
  const found = wal.firstEnd(
    reach,
    ({ times }) => times !== null && isLater(times.max),
    one => isLater(one.time),
  );
  if (!found) return missed(reach, wal);
  if (found.it.lsn < backup.stop) return tooNew(backup);
  return hit(endAt('before', found), found.segment);
}

function atXid(wal: KnownWal, { xid, inclusive }: Target & { is: 'xid' }, reach: Reach): Aim | Miss {
  const found = wal.firstEnd(
    reach,
    ({ xids }) => xids !== null && xids.min <= xid && xid <= xids.max,
    one => one.xid === xid,
  );
  if (!found) return reach.stops.is === 'end' ? notFound(reach, []) : missed(reach, wal);
  if ((inclusive ? found.it.end : found.it.lsn) < reach.backup.stop) return tooNew(reach.backup);
  const notes = found.it.committed ? [] : [`transaction ${xid} was rolled back`];
  return hit(endAt(inclusive ? 'after' : 'before', found), found.segment, { notes });
}

function atLsn(wal: KnownWal, { lsn, inclusive }: Target & { is: 'lsn' }, reach: Reach): Aim | Miss {
  // Before the record that begins there, or else the next; or after it.
  if (lsn < reach.backup.stop) return tooNew(reach.backup);
  const next = wal.recordFrom(reach, lsn);
  if (!next) return missed(reach, wal);
  return hit({ is: inclusive ? 'after' : 'before', lsn, time: null, xid: null }, next.segment);
}

function atName(wal: KnownWal, { name }: Target & { is: 'name' }, reach: Reach): Aim | Miss {
  const points = wal.restorePoints(reach);
  const [first, ...again] = points.filter(({ it }) => it.name === name);
  if (!first)
    return reach.stops.is === 'end'
      ? notFound(
          reach,
          points.map(({ it }) => it.name),
        )
      : missed(reach, wal);
  if (first.it.end < reach.backup.stop) return tooNew(reach.backup);
  const end: ExpectedEnd = { is: 'after', lsn: first.it.lsn, time: first.it.time, xid: null };
  return hit(end, first.segment, { again: again.map(({ it }) => it.lsn) });
}

const endAt = (is: 'before' | 'after', { it }: Found<TransactionEnd>): ExpectedEnd => ({
  is,
  lsn: it.lsn,
  time: it.time,
  xid: it.xid,
});

const notFound = ({ backup, line }: Reach, names: readonly string[]): Miss => ({
  is: 'no',
  reason: { is: 'not-found', backup: backup.id, timeline: line, names: [...new Set(names)].slice(0, 10) },
});

/** It lies beyond what can be replayed: in a gap, or after the end. */
function missed(reach: Reach, wal: KnownWal): Miss {
  const { backup, line, stops } = reach;
  if (stops.is !== 'end')
    return { is: 'no', reason: { is: 'gap', backup: backup.id, timeline: line, ...holeOf(wal, reach) } };
  const last = wal.lastEnd(reach) ?? null;
  return {
    is: 'no',
    reason: { is: 'after-last', backup: backup.id, timeline: line, last, end: wal.lastRecord(reach) },
  };
}

/** What ends the way before its end: segments that are missing, or one that is damaged. */
export function holeOf({ wal }: KnownWal, { stops, end, backup, pieces }: Reach): Hole {
  if (stops.is === 'gap') return { missing: stops.missing, more: stops.more, damage: null, at: end };
  if (stops.is === 'damage') return { missing: [stops.segment], more: 0, damage: stops.why, at: end };
  const line = pieces.at(-1)?.timeline ?? backup.timeline;
  return { missing: [segmentName(line, end, wal.segmentSize)], more: 0, damage: null, at: end };
}
