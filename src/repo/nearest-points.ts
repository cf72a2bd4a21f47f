// The nearest places before and after a target that can be reached. Pure.

import { microsOf } from '../time.ts';
import type { KnownWal, Reach } from './known-wal.ts';
import type { Target } from './target.ts';
import type { Point, Unreachable } from './unreachable.ts';

/** Each way can be followed from its backup's end to the last transaction on it, so that only these two need be looked at. */
export function nearestPoints(wal: KnownWal, target: Target, reaches: readonly Reach[]): Unreachable['nearest'] {
  if (target.is !== 'time' && target.is !== 'lsn') return { before: lastOf(wal, target, reaches), after: null };
  const side = (point: Point): number =>
    target.is === 'time' ? microsOf(point.time) - microsOf(target.time) : point.lsn < target.lsn ? -1 : 1;
  const all = reaches.flatMap(reach => [beginning(reach), ending(wal, reach)]);
  const before = all.filter(point => side(point) <= 0).sort((a, b) => order(b, a))[0];
  const after = all.filter(point => side(point) > 0).sort(order)[0];
  return { before: before ?? null, after: after ?? null };
}

/** Where the end of the WAL was wanted and there is a gap: what can be had before it. */
function lastOf(wal: KnownWal, target: Target, reaches: readonly Reach[]): Point | null {
  if (target.is !== 'latest') return null;
  return reaches.map(reach => ending(wal, reach)).sort((a, b) => order(b, a))[0] ?? null;
}

const order = (a: Point, b: Point): number =>
  microsOf(a.time) - microsOf(b.time) || (a.lsn < b.lsn ? -1 : a.lsn > b.lsn ? 1 : 0);

const beginning = ({ backup, line }: Reach): Point => ({
  time: backup.stopped,
  lsn: backup.stop,
  xid: null,
  timeline: line,
  backup: backup.id,
  target: { is: 'immediate' },
});

function ending(wal: KnownWal, reach: Reach): Point {
  const last = wal.lastEnd(reach);
  if (!last || last.lsn < reach.backup.stop) return beginning(reach);
  return {
    time: last.time,
    lsn: last.lsn,
    xid: last.xid,
    timeline: reach.line,
    backup: reach.backup.id,
    target: { is: 'lsn', lsn: last.lsn, inclusive: true },
  };
}
