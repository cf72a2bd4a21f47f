// Why a target cannot be reached, reason by reason, and in words.

import { type Lsn, showLsn } from '../postgres/lsn.ts';
import type { Timeline } from '../postgres/timeline.ts';
import type { Instant } from '../time.ts';
import type { BackupId } from './layout.ts';
import { showMoment, showTarget, type Target } from './target.ts';
import type { TransactionEnd } from './wal-kept.ts';

export type Reason =
  | { readonly is: 'no-backup'; readonly failed: readonly BackupId[] }
  | { readonly is: 'unknown-timeline'; readonly timeline: Timeline; readonly known: readonly Timeline[] }
  | { readonly is: 'no-history'; readonly backup: BackupId; readonly timeline: Timeline }
  | { readonly is: 'other-branch'; readonly backup: BackupId; readonly of: Timeline; readonly timeline: Timeline }
  | {
      readonly is: 'forked-before';
      readonly backup: BackupId;
      readonly timeline: Timeline;
      readonly fork: Lsn;
      readonly stop: Lsn;
    }
  /** The WAL that the backup itself needs is not whole. */
  | ({ readonly is: 'backup-broken'; readonly backup: BackupId } & Hole)
  | { readonly is: 'before-stop'; readonly backup: BackupId; readonly stop: Lsn; readonly stopped: Instant }
  | ({ readonly is: 'gap'; readonly backup: BackupId; readonly timeline: Timeline } & Hole)
  | {
      readonly is: 'after-last';
      readonly backup: BackupId;
      readonly timeline: Timeline;
      readonly last: TransactionEnd | null;
      readonly end: Lsn;
    }
  | {
      readonly is: 'not-found';
      readonly backup: BackupId;
      readonly timeline: Timeline;
      readonly names: readonly string[];
    }
  /** It can be reached on another timeline. */
  | { readonly is: 'elsewhere'; readonly timeline: Timeline; readonly backup: BackupId };

export interface Hole {
  /** Segments by name: missing, or the one that is damaged. */
  readonly missing: readonly string[];
  /** How many more are missing than are named. */
  readonly more: number;
  readonly damage: string | null;
  /** Replay ends here. */
  readonly at: Lsn;
}

/** A place that can be reached, and how. */
export interface Point {
  readonly time: Instant;
  readonly lsn: Lsn;
  /** Of the transaction that ends there; null: it is the end of the backup. */
  readonly xid: number | null;
  readonly timeline: Timeline;
  readonly backup: BackupId;
  readonly target: Target;
}

export interface Unreachable {
  readonly is: 'unreachable';
  readonly target: Target;
  /** All there are: at least one. */
  readonly reasons: readonly Reason[];
  readonly nearest: { readonly before: Point | null; readonly after: Point | null };
  /** Segments whose every transaction should be known for this to be exact; see way-back.ts. */
  readonly unread: readonly string[];
}

/** The first line says that it cannot be had; then every reason; then what can be had instead. */
export function unreachableWords({ target, reasons, nearest }: Unreachable): string[] {
  return [
    `${showTarget(target)} cannot be reached`,
    ...reasons.map(reason => reasonWords(reason, target)),
    ...(nearest.before ? [`nearest before: ${pointWords(nearest.before)}`] : []),
    ...(nearest.after ? [`nearest after: ${pointWords(nearest.after)}`] : []),
  ];
}

export function reasonWords(reason: Reason, target: Target): string {
  switch (reason.is) {
    case 'no-backup':
      return reason.failed.length === 0
        ? 'there is no backup'
        : `there is no backup that may be restored: ${reason.failed.join(', ')} failed`;
    case 'unknown-timeline':
      return `timeline ${reason.timeline} is not known; there are: ${reason.known.join(', ')}`;
    case 'no-history':
      return `backup ${reason.backup}: the history file of timeline ${reason.timeline} is not kept, so that nobody knows where it began`;
    case 'other-branch':
      return `backup ${reason.backup} is on timeline ${reason.of}, from which no way leads to timeline ${reason.timeline}`;
    case 'forked-before':
      return `backup ${reason.backup} ended at ${showLsn(reason.stop)}, after the way to timeline ${reason.timeline} had forked off at ${showLsn(reason.fork)}`;
    case 'backup-broken':
      return `backup ${reason.backup} needs WAL that is not there: ${holeWords(reason)}`;
    case 'before-stop':
      return `backup ${reason.backup} is consistent only from ${showLsn(reason.stop)} on (${showMoment(reason.stopped)})`;
    case 'gap':
      return `from backup ${reason.backup} the WAL of timeline ${reason.timeline} goes to ${showLsn(reason.at)}: ${holeWords(reason)}`;
    case 'after-last':
      return afterLast(reason, target);
    case 'not-found':
      return `from backup ${reason.backup} on there is none on timeline ${reason.timeline}${
        reason.names.length === 0 ? '' : `; restore points there: ${reason.names.map(name => `"${name}"`).join(', ')}`
      }`;
    case 'elsewhere':
      return `it can be reached on timeline ${reason.timeline}, from backup ${reason.backup}: --timeline ${reason.timeline}`;
  }
}

function afterLast({ backup, timeline, last, end }: Reason & { is: 'after-last' }, target: Target): string {
  const kept = `the WAL of timeline ${timeline} is kept up to ${showLsn(end)}`;
  if (target.is !== 'time') return `from backup ${backup}: ${kept}`;
  // A server ends such a recovery with "recovery ended before configured recovery target was reached".
  return last === null
    ? `from backup ${backup}: ${kept}, and no transaction ended in it; a time is compared with nothing else`
    : `from backup ${backup}: the last transaction, ${last.xid}, ended at ${showMoment(last.time)}; ${kept}, but a time is compared with the ends of transactions only`;
}

function holeWords({ missing, more, damage }: Hole): string {
  const names = missing.join(', ');
  return damage === null ? `${names}${more > 0 ? ` and ${more} more` : ''} missing` : `${names} is damaged: ${damage}`;
}

function pointWords({ time, lsn, xid, timeline, backup, target }: Point): string {
  const line = `--timeline ${timeline}`;
  if (xid === null)
    return `${showMoment(time)}, where backup ${backup} is consistent (LSN ${showLsn(lsn)}): --immediate --backup ${backup}`;
  const how = target.is === 'lsn' ? `--to-lsn ${showLsn(target.lsn)}` : showTarget(target);
  return `${showMoment(time)}, transaction ${xid}: ${how} ${line}`;
}
