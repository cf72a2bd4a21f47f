// Which backups stay and which may go, each with its reasons; which WAL the ones that stay need. Pure.

import { lsn, type Lsn } from '../postgres/lsn.ts';
import type { Timeline } from '../postgres/timeline.ts';
import { type Duration, type Instant, microsOf } from '../time.ts';
import type { Backup } from './backup.ts';
import { type Dated, inOrder } from './backup-order.ts';
import type { BackupId } from './layout.ts';
import { type NeededWal, neededWal } from './needed-wal.ts';
import type { WalKept } from './wal-kept.ts';
import { coverOf, wayTo } from './wal-path.ts';

/** What is to be kept. Where both are given, both must be satisfied before a backup may go. */
export interface Policy {
  /** This many of the newest. */
  readonly redundancy?: number | undefined;
  /** Whatever it takes to get back to any moment of this long until now. */
  readonly window?: Duration | undefined;
  /** Never fewer than this many that can be restored; 1 where absent. */
  readonly minimum?: number | undefined;
}

/** What else is known, beside the backups and the WAL. */
export interface Circumstances {
  /** Ids and what was said with `lifeboat keep`. */
  readonly keeps: ReadonlyMap<BackupId, string>;
  /** Backups that a lease names, and who holds it: a restore, a verification, a backup that builds on them. */
  readonly inUse: ReadonlyMap<BackupId, string>;
  /** A backup is being taken. */
  readonly busy: boolean;
  /** When the last transaction of a timeline ended, where that is known. */
  readonly lastTransaction?: ReadonlyMap<Timeline, Instant> | undefined;
}

export type Verdict =
  | { readonly is: 'kept'; readonly because: readonly string[] }
  | { readonly is: 'dropped'; readonly because: readonly string[] };

export interface Retained {
  readonly backup: Backup;
  readonly verdict: Verdict;
}

export interface Retention {
  /** Oldest first. */
  readonly backups: readonly Retained[];
  readonly wal: NeededWal;
  /** What can be reached now and will not be any more. */
  readonly lost: readonly Span[];
  /** Odd things that an operator should look at. */
  readonly warnings: readonly string[];
}

/** Everything on this timeline between two places. */
export interface Span {
  readonly timeline: Timeline;
  readonly from: Lsn;
  readonly to: Lsn;
  /** When the backup was taken that it begins with. */
  readonly since: Instant;
}

export function retain(
  backups: readonly Backup[],
  circumstances: Circumstances,
  wal: WalKept,
  policy: Policy,
  now: Instant,
): Retention {
  const whole = backups.filter(backup => isWhole(backup, wal));
  const sorted = inOrder(whole, wal);
  const because = new Map<BackupId, string[]>();
  const keep = (id: BackupId, why: string): void => void because.set(id, [...(because.get(id) ?? []), why]);

  for (const backup of byRedundancy(sorted, wal, policy)) keep(backup.id, `among the newest ${count(policy)}`);
  const window = policy.window;
  if (window !== undefined) {
    const inWindow = byWindow(sorted, wal, { window, now, ...circumstances });
    for (const [id, why] of inWindow) keep(id, why);
  }
  // Without a policy nothing is old.
  if (policy.redundancy === undefined && window === undefined)
    for (const { backup } of sorted) keep(backup.id, 'no retention is set');
  for (const { id } of backups) {
    const said = circumstances.keeps.get(id);
    if (said !== undefined) keep(id, said === '' ? 'marked by lifeboat keep' : `marked by lifeboat keep: ${said}`);
    const by = circumstances.inUse.get(id);
    if (by !== undefined) keep(id, `in use by ${by}`);
  }
  const newest = sorted.at(-1)?.backup;
  for (const backup of backups) {
    if (whole.includes(backup)) continue;
    if (newest === undefined || !isOlder(backup, newest))
      keep(backup.id, `${faultOf(backup)}, and newer than the newest that can be restored`);
  }

  const shown = inOrder(backups, wal).map(({ backup }): Retained => {
    const reasons = because.get(backup.id);
    if (reasons) return { backup, verdict: { is: 'kept', because: reasons } };
    return { backup, verdict: { is: 'dropped', because: [whyDropped(backup, whole.includes(backup), policy)] } };
  });
  const staying = shown.flatMap(({ backup, verdict }) => (verdict.is === 'kept' ? [backup] : []));
  const needing = needingWal(staying, wal, id => circumstances.keeps.has(id));
  const needed = neededWal({ backups: needing, busy: circumstances.busy }, wal);
  return {
    backups: shown,
    wal: needed,
    lost: lostSpans(
      whole,
      whole.filter(backup => staying.includes(backup)),
      wal,
    ),
    warnings: warningsOf(sorted, now, wal),
  };
}

/**
 * OK, and with the WAL that it needs to be consistent: on its own timeline, or on a later one, whose first segment begins with a copy of the
 * last one of the timeline that it leaves.
 */
export function isWhole(backup: Backup, wal: WalKept): boolean {
  if (backup.status !== 'ok' || backup.damaged !== null) return false;
  return [backup.stopTimeline, ...wal.histories.keys()].some(line => {
    const way = wayTo(wal, backup, line);
    return way.is === 'way' && coverOf(wal, way.legs).end >= backup.stop;
  });
}

/** Those for whose sake WAL is kept: what can be restored with it, and what somebody wants kept. */
export const needingWal = (backups: readonly Backup[], wal: WalKept, isKept: (id: BackupId) => boolean): Backup[] =>
  backups.filter(backup => isWhole(backup, wal) || (backup.status === 'ok' && isKept(backup.id)));

const count = ({ redundancy, minimum = 1 }: Policy): number => Math.max(1, redundancy ?? 0, minimum);

/**
 * The newest of all; and the newest of those that lead to the timeline of the newest backup and to the newest timeline there is. A stray
 * promotion must not make the backups of the real timeline count for nothing, nor a backup of a dead branch those that lead to the living one.
 */
function byRedundancy(sorted: readonly Dated[], wal: WalKept, policy: Policy): Set<Backup> {
  const all = sorted.map(({ backup }) => backup);
  const lines = new Set([all.at(-1)?.stopTimeline, newestLine(wal)]);
  const chosen = new Set(all.slice(-count(policy)));
  for (const line of lines) {
    if (line === undefined) continue;
    for (const backup of all.filter(one => wayTo(wal, one, line).is === 'way').slice(-count(policy)))
      chosen.add(backup);
  }
  return chosen;
}

const newestLine = ({ stretches }: WalKept): Timeline | undefined =>
  stretches.reduce<Timeline | undefined>(
    (line, { timeline }) => (line === undefined || timeline > line ? timeline : line),
    undefined,
  );

interface Windowed extends Pick<Circumstances, 'lastTransaction'> {
  readonly window: Duration;
  readonly now: Instant;
}

/** All within the window; and of each timeline that was written in it, the newest backup before it, from which its first moments are reached. */
function byWindow(
  sorted: readonly Dated[],
  wal: WalKept,
  { window, now, lastTransaction }: Windowed,
): Map<BackupId, string> {
  const begins = microsOf(now) - window * 1000;
  const found = new Map<BackupId, string>();
  const older = sorted.filter(({ at }) => microsOf(at) <= begins);
  for (const { backup } of sorted.filter(({ at }) => microsOf(at) > begins))
    found.set(backup.id, 'taken within the window');
  const lines = new Set([
    ...wal.stretches.map(({ timeline }) => timeline),
    ...sorted.map(({ backup }) => backup.stopTimeline),
  ]);
  for (const line of lines) {
    const last = lastTransaction?.get(line);
    if (last !== undefined && microsOf(last) < begins && line !== newestLine(wal)) continue;
    const base = older.findLast(({ backup }) => wayTo(wal, backup, line).is === 'way');
    if (base) found.set(base.backup.id, 'the window begins with it');
  }
  return found;
}

function isOlder(backup: Backup, than: Backup): boolean {
  if (backup.stopTimeline === than.stopTimeline) return backup.start < than.start;
  return microsOf(backup.stopped) < microsOf(than.stopped);
}

const faultOf = ({ status, damaged }: Backup): string =>
  status === 'failed' || damaged !== null ? 'it failed' : 'WAL that it needs is missing';

function whyDropped(backup: Backup, whole: boolean, { redundancy, window }: Policy): string {
  if (!whole) return `${faultOf(backup)}, and a newer one can be restored`;
  const parts = [
    ...(redundancy === undefined ? [] : [`${redundancy} newer ${redundancy === 1 ? 'one is' : 'are'} kept`]),
    ...(window === undefined ? [] : ['the window does not need it']),
  ];
  return parts.join('; ');
}

/** What the backups that go alone led to; where WAL goes with them, `left` is what stays of it. */
export function lostSpans(
  before: readonly Backup[],
  after: readonly Backup[],
  wal: WalKept,
  left: WalKept = wal,
): Span[] {
  const lines = new Set([
    ...wal.stretches.map(({ timeline }) => timeline),
    ...before.map(({ stopTimeline }) => stopTimeline),
  ]);
  return [...lines]
    .sort((a, b) => a - b)
    .flatMap(line => {
      const kept = spansOn(line, after, left);
      return spansOn(line, before, wal).flatMap(span => subtract(span, kept));
    })
    .reduce<Span[]>(merge, []);
}

/** What can be reached on a timeline: from where the way enters it, or the backup is consistent, as far as WAL is kept. */
export function spansOn(line: Timeline, backups: readonly Backup[], wal: WalKept): Span[] {
  return backups.flatMap(backup => {
    const way = wayTo(wal, backup, line);
    if (way.is !== 'way') return [];
    const { end } = coverOf(wal, way.legs);
    const leg = way.legs.at(-1);
    const from = leg === undefined || leg.from < backup.stop ? backup.stop : leg.from;
    return end < from ? [] : [{ timeline: line, from, to: end, since: backup.stopped }];
  });
}

function subtract(span: Span, kept: readonly Span[]): Span[] {
  const cuts = kept
    .filter(({ from, to }) => from <= span.to && to >= span.from)
    .sort((a, b) => (a.from < b.from ? -1 : 1));
  const left: Span[] = [];
  let from: Lsn = span.from;
  for (const cut of cuts) {
    if (cut.from > from) left.push({ ...span, from, to: cut.from });
    if (cut.to > from) from = lsn(cut.to);
  }
  // A backup without any WAL behind its stop point is lost as well, as the one place that it is.
  if (from < span.to || (cuts.length === 0 && from === span.to)) left.push({ ...span, from });
  return left;
}

function merge(spans: Span[], span: Span): Span[] {
  const at = spans.findIndex(one => one.timeline === span.timeline && one.from <= span.to && span.from <= one.to);
  const other = spans[at];
  if (other === undefined) return [...spans, span];
  const first = other.from <= span.from ? other : span;
  const merged = { ...first, to: other.to > span.to ? other.to : span.to };
  return spans.map((one, i) => (i === at ? merged : one));
}

function warningsOf(sorted: readonly Dated[], now: Instant, wal: WalKept): string[] {
  const future = sorted.filter(({ backup }) => microsOf(backup.stopped) > microsOf(now)).map(({ backup }) => backup.id);
  const [newest] = [sorted.at(-1)];
  const jumped = sorted
    .filter(({ backup, at }) => microsOf(at) > microsOf(backup.stopped))
    .map(({ backup }) => backup.id);
  return [
    ...(newest === undefined ? ['no backup can be restored, so that none is removed'] : []),
    ...(future.length === 0
      ? []
      : [`${future.join(', ')}: taken in the future, by the clock of this machine; is it right?`]),
    ...(jumped.length === 0
      ? []
      : [`${jumped.join(', ')}: older by the clock than a backup before it; their places in the WAL decide`]),
    ...(newest !== undefined && wal.stretches.length === 0 ? ['no WAL is kept'] : []),
  ];
}
