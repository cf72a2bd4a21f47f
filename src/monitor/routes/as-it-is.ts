// No way back at all: the primary's own data has not gone beyond the point. Pure.

import { showLsn } from '../../postgres/lsn.ts';
import { showTarget } from '../../repo/target.ts';
import { microsOf, showBytes } from '../../time.ts';
import type { Route, RouteEvidence } from './route.ts';

export function asItIs(evidence: RouteEvidence): Route {
  const { primary } = evidence.present;
  const why = primary === null ? 'no node says that it is the primary' : goneOn(evidence, primary);
  return {
    route: 'as-it-is',
    on: primary,
    title: 'nothing at all',
    reachable: why === null,
    why: why === null ? [] : [why],
    loses: 'nothing',
    undo: 'nothing is done',
    needs: [],
    time: null,
    hurry: null,
    commands: [],
    notes:
      why === null
        ? [`the data of ${String(primary)} is before ${showTarget(evidence.target)}: nothing came after it`]
        : [],
  };
}

/** Null: it has not. */
function goneOn(evidence: RouteEvidence, primary: string): string | null {
  const { target, at, lost, found, present } = evidence;
  if (target.is === 'time' && microsOf(target.time) > microsOf(at)) return null;
  if (lost !== null)
    return lost.size === 0 ? null : `${primary} has gone on: ${showBytes(lost.size)} of WAL came after it`;
  const unknown = `the WAL that is kept does not say where it lies, nor whether ${primary} has gone on since`;
  if (target.is === 'xid') return present.nextXid !== null && precedes(present.nextXid, target.xid) ? null : unknown;
  if (target.is === 'lsn') {
    if (present.written === null) return unknown;
    return present.written <= target.lsn ? null : `${primary} has gone on to ${showLsn(present.written)}`;
  }
  if (target.is !== 'time' || found.is === 'chosen') return unknown;
  const last = found.reasons.find(reason => reason.is === 'after-last' && reason.timeline === present.timeline);
  if (last?.is !== 'after-last' || present.written === null) return unknown;
  // It lies behind the last transaction that is kept; what the primary wrote since then may hold another one.
  return present.written <= last.end
    ? null
    : `${primary} has written up to ${showLsn(present.written)}, and WAL is kept up to ${showLsn(last.end)}: a commit after it may lie in between`;
}

/** Numbers of transactions go round (transam.c, TransactionIdPrecedes): whether `next` is not beyond `xid`. */
const precedes = (next: number, xid: number): boolean => ((next - xid) | 0) <= 0;
