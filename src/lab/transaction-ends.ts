// In which order transactions ended, and where a recovery must therefore stop: what a way back is judged against. Pure.

import { type Lsn, parseLsn, showLsn } from '../postgres/lsn.ts';
import { type Instant, parseInstant } from '../time.ts';

/** A commit or an abort, as its WAL record has it. */
export interface TransactionEnd {
  readonly xid: string;
  /** Where the record begins. */
  readonly lsn: Lsn;
  readonly time: Instant;
}

/** A line of pg_waldump about a commit or an abort, with TZ=UTC; undefined for any other (xactdesc.c, 13 to 18). */
export function readTransactionEnd(line: string): TransactionEnd | undefined {
  const found = /\btx: +(\d+), lsn: (\S+), .*\bdesc: (?:COMMIT|ABORT) (\S+ \S+ UTC)/.exec(line);
  const [, xid, at = '', when = ''] = found ?? [];
  const lsn = parseLsn(at);
  const time = parseInstant(when);
  return xid === undefined || lsn === undefined || time === undefined ? undefined : { xid, lsn, time };
}

/** What a recovery goes back to; but for a restore point it is itself left out. */
export type WayBackTo =
  | { readonly by: 'xid'; readonly xid: string }
  | { readonly by: 'time'; readonly time: Instant }
  | { readonly by: 'lsn'; readonly lsn: Lsn }
  | { readonly by: 'name'; readonly name: string; readonly lsn: Lsn };

export interface RecoveryStop {
  /** What ended before this is there, and nothing else. */
  readonly before: Lsn;
  /** The fields of the message `recovery-stopping` that tell it apart from any other. */
  readonly says: Readonly<Record<string, string>>;
}

/**
 * Undefined where no transaction of the list ends there. A time stops at the first end that is not before it, in the order of the
 * WAL: transactions that end at the same moment may lie there in another order than that of their times (recoveryStopsBefore, xlogrecovery.c).
 */
export function stopOf(target: WayBackTo, ends: readonly TransactionEnd[]): RecoveryStop | undefined {
  switch (target.by) {
    case 'lsn':
      return { before: target.lsn, says: { side: 'before', lsn: showLsn(target.lsn) } };
    case 'name':
      return { before: target.lsn, says: { name: target.name } };
    case 'xid':
      return stopAt(ends.find(({ xid }) => xid === target.xid));
    case 'time':
      return stopAt(ends.find(({ time }) => microseconds(time) >= microseconds(target.time)));
  }
}

const stopAt = (end: TransactionEnd | undefined): RecoveryStop | undefined =>
  end && { before: end.lsn, says: { side: 'before', xid: end.xid } };

/** Comparable as text, which an instant with fewer digits than another is not. */
const microseconds = (time: Instant): string =>
  `${time.slice(0, 19)}.${(/\.(\d+)/.exec(time)?.[1] ?? '').padEnd(6, '0')}`;

/** Of rows, each with the transaction that wrote it, those that ended before the stop. A transaction not in the list ended before the list begins. */
export function endedBefore<R extends { readonly xid: string }>(
  rows: readonly R[],
  { before }: RecoveryStop,
  ends: readonly TransactionEnd[],
): R[] {
  const later = new Set(ends.filter(({ lsn }) => lsn >= before).map(({ xid }) => xid));
  return rows.filter(({ xid }) => !later.has(xid));
}
