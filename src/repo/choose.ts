// From a target to the backup, the timelines and the WAL that lead there, or every reason why none do. Pure.

import type { RecoveryTarget } from '../postgres/recovery.ts';
import type { Timeline } from '../postgres/timeline.ts';
import { type Aim, aimAt, type ExpectedEnd, holeOf } from './aim.ts';
import type { Backup } from './backup.ts';
import { inOrder } from './backup-order.ts';
import { KnownWal, type Reach, type WalFacts } from './known-wal.ts';
import type { BackupId } from './layout.ts';
import { nearestPoints } from './nearest-points.ts';
import { recoveryTarget, type Target, type TimelineWish } from './target.ts';
import type { Reason, Unreachable } from './unreachable.ts';
import { type Leg, segmentsOf } from './wal-path.ts';

export type { ExpectedEnd } from './aim.ts';

export interface Wish {
  readonly target: Target;
  /** `latest` where absent. */
  readonly timeline?: TimelineWish;
  /** Only from this one. */
  readonly backup?: BackupId;
}

export interface Known extends WalFacts {
  /** Failed ones too; they are never offered. */
  readonly backups: readonly Backup[];
}

export interface Chosen {
  readonly is: 'chosen';
  readonly target: Target;
  readonly backup: Backup;
  readonly timeline: Timeline;
  /** From the backup's start; the last leg has no end. */
  readonly path: readonly Leg[];
  /** All WAL that the recovery reads, in order. */
  readonly segments: readonly ChosenSegment[];
  /** All whose history files are kept: a server that is promoted takes the next number that has none (timeline.c, findNewestTimeLine). */
  readonly histories: readonly Timeline[];
  readonly end: ExpectedEnd;
  readonly recovery: { readonly target: RecoveryTarget; readonly timeline: Timeline };
  /** Newer backups that were passed over, and why. */
  readonly passed: readonly Reason[];
  /** What the operator should know: a name that was given twice, a branch that goes on. */
  readonly notes: readonly string[];
  /** Segments whose every transaction should be known for this to be exact; see way-back.ts. */
  readonly unread: readonly string[];
}

export interface ChosenSegment {
  readonly name: string;
  readonly timeline: Timeline;
  /** It is unfinished: given to the server at full size under its real name. */
  readonly partial: boolean;
}

export function choose(wish: Wish, known: Known): Chosen | Unreachable {
  const wal = new KnownWal(known);
  const found = search(wish, known, wal);
  if (found.is === 'chosen') return { ...found, unread: wal.unread };
  return { ...found, reasons: [...found.reasons, ...elsewhere(wish, known, wal)], unread: wal.unread };
}

type Attempt =
  | { readonly is: 'ok'; readonly reach: Reach; readonly aim: Aim }
  | { readonly is: 'no'; readonly reason: Reason; readonly reach?: Reach };

function search(wish: Wish, known: Known, wal: KnownWal): Omit<Chosen, 'unread'> | Omit<Unreachable, 'unread'> {
  const { target, timeline = 'latest' } = wish;
  const nowhere = (reasons: readonly Reason[]): Omit<Unreachable, 'unread'> => ({
    is: 'unreachable',
    target,
    reasons,
    nearest: { before: null, after: null },
  });
  const asked = known.backups.filter(({ id }) => wish.backup === undefined || id === wish.backup);
  const ok = inOrder(asked.filter(isOffered), known.wal).reverse();
  if (ok.length === 0) return nowhere([{ is: 'no-backup', failed: asked.map(({ id }) => id) }]);
  const lines = knownTimelines(known);
  if (typeof timeline === 'number' && !lines.includes(timeline))
    return nowhere([{ is: 'unknown-timeline', timeline, known: lines }]);
  const lineOf = (backup: Backup): Timeline =>
    timeline === 'current' ? backup.stopTimeline : timeline === 'latest' ? wal.newest(known.backups) : timeline;
  const attempts = ok.map(({ backup }) => attempt(wal, target, backup, lineOf(backup)));
  const good = attempts.filter(one => one.is === 'ok');
  const best = target.is === 'name' ? firstNamed(good) : good[0];
  if (best !== undefined) return chosen(wal, target, best, attempts, otherNames(good, best));
  const reaches = attempts.flatMap(({ reach }) => (reach ? [reach] : []));
  return {
    is: 'unreachable',
    target,
    reasons: attempts.flatMap(one => (one.is === 'no' ? [one.reason] : [])),
    nearest: nearestPoints(wal, target, reaches),
  };
}

const isOffered = ({ status, damaged }: Backup): boolean => status === 'ok' && damaged === null;

export function knownTimelines({ wal, backups }: Pick<Known, 'wal' | 'backups'>): Timeline[] {
  const all = [
    ...wal.histories.keys(),
    ...[...wal.histories.values()].flatMap(({ ancestors }) => ancestors.map(one => one.timeline)),
    ...wal.stretches.map(one => one.timeline),
    ...backups.map(one => one.stopTimeline),
  ];
  return [...new Set(all)].sort((a, b) => a - b);
}

function attempt(wal: KnownWal, target: Target, backup: Backup, line: Timeline): Attempt {
  const { id, timeline, stop } = backup;
  const way = wal.way(backup, line);
  if (way.is === 'no-history') return { is: 'no', reason: { is: 'no-history', backup: id, timeline: line } };
  if (way.is === 'other-branch')
    return { is: 'no', reason: { is: 'other-branch', backup: id, of: timeline, timeline: line } };
  if (way.is === 'forked-before')
    return { is: 'no', reason: { is: 'forked-before', backup: id, timeline: line, fork: way.fork, stop } };
  const reach = wal.reach(backup, line, way.legs);
  if (reach.end < stop) return { is: 'no', reason: { is: 'backup-broken', backup: id, ...holeOf(wal, reach) } };
  const aim = aimAt(wal, target, reach);
  return aim.is === 'no' ? { is: 'no', reason: aim.reason, reach } : { is: 'ok', reach, aim };
}

type Good = Attempt & { is: 'ok' };

/** The first of that name there is; from the newest backup that lies before it. */
function firstNamed(good: readonly Good[]): Good | undefined {
  return good.reduce<Good | undefined>(
    (best, one) => (best === undefined || one.aim.end.lsn < best.aim.end.lsn ? one : best),
    undefined,
  );
}

function otherNames(good: readonly Good[], best: Good): string[] {
  const more = new Set([...good.map(({ aim }) => aim), best.aim].flatMap(({ end, again }) => [end.lsn, ...again]));
  more.delete(best.aim.end.lsn);
  if (best.aim.again.length === 0 && more.size === 0) return [];
  return [`there are ${more.size + 1} restore points of this name; the first is taken`];
}

function chosen(
  wal: KnownWal,
  target: Target,
  { reach, aim }: Good,
  attempts: readonly Attempt[],
  notes: readonly string[],
): Omit<Chosen, 'unread'> {
  const { backup, line, legs } = reach;
  const at = attempts.findIndex(one => one.is === 'ok' && one.reach === reach);
  return {
    is: 'chosen',
    target,
    backup,
    timeline: line,
    path: legs,
    segments: segmentsTo(wal, reach, aim.through),
    histories: [...new Set([...legs.map(({ timeline }) => timeline), ...wal.wal.histories.keys()])]
      .filter(timeline => timeline > 1)
      .sort((a, b) => a - b),
    end: aim.end,
    recovery: { target: recoveryTarget(target), timeline: line },
    passed: attempts.slice(0, at).flatMap(one => (one.is === 'no' ? [one.reason] : [])),
    notes: [...notes, ...aim.notes],
  };
}

function segmentsTo(wal: KnownWal, { pieces }: Reach, through: string | null): ChosenSegment[] {
  const { stretches, segmentSize } = wal.wal;
  const segments: ChosenSegment[] = [];
  for (const piece of pieces) {
    for (const name of segmentsOf(piece, segmentSize)) {
      if (segments.at(-1)?.name === name) continue;
      segments.push({ name, timeline: piece.timeline, partial: stretches.some(({ partial }) => partial === name) });
      if (name === through) return segments;
    }
  }
  return segments;
}

/** Other timelines on which the same can be had: the operator may have meant one of them. */
function elsewhere(wish: Wish, known: Known, wal: KnownWal): Reason[] {
  if (wish.target.is === 'immediate' || wish.target.is === 'latest') return [];
  return knownTimelines(known).flatMap(timeline => {
    if (timeline === wish.timeline) return [];
    const found = search({ ...wish, timeline }, known, wal);
    return found.is === 'chosen' ? [{ is: 'elsewhere' as const, timeline, backup: found.backup.id }] : [];
  });
}
