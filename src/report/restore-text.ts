// A restore, for a person: the plan before, what was done afterwards, and the next command to type.

import { showLsn } from '../postgres/lsn.ts';
import { commandLine } from '../postgres/shell.ts';
import type { Chosen } from '../repo/choose.ts';
import type { RestorePlan } from '../repo/restore-plan.ts';
import type { Restored } from '../repo/restore.ts';
import { showMoment, showTarget } from '../repo/target.ts';
import { reasonWords } from '../repo/unreachable.ts';
import { type Bytes, bytes, type Duration, showBytes, showDuration } from '../time.ts';
import { harmless } from './columns.ts';
import { showTime } from './numbers.ts';
import { type Json, plainData } from './plain-data.ts';
import { painter, type Style } from './style.ts';
import { hang } from './wrap.ts';

const modes = {
  new: 'all of it is written',
  delta: 'data of this cluster is there: only what differs is written, and what the backup does not have is removed',
  resume: 'an unfinished restore is there: it goes on, and only what differs is written',
};

/** Without a line feed at its end. */
export function restorePlanText(plan: RestorePlan, chosen: Chosen, { width, colour }: Style): string {
  const paint = painter(colour);
  const { backup, wal, settings } = plan;
  const lines: readonly (readonly [string, string])[] = [
    ['backup', `${backup.id}, taken ${showTime(backup.stopped)} from ${backup.from} (PostgreSQL ${backup.version})`],
    ['up to', endWords(chosen)],
    ['timeline', chosen.path.map(({ timeline }) => String(timeline)).join(' → ')],
    ['into', `${plan.where}: ${modes[plan.mode]}`],
    ['files', `${String(plan.files)}, ${showBytes(plan.size)}`],
    ['WAL', walWords(wal.segments, plan.walSize)],
    ...plan.tablespaces.map(({ from, to }) => ['tablespace', from === to ? to : `${from} → ${to}`] as const),
    ...(plan.places.wal === null ? [] : [['pg_wal', `a link to ${plan.places.wal}`] as const]),
    ...plan.needs.map(
      ({ mount, needed, free }) => ['space', `${showBytes(needed)} of ${showBytes(free)} free on ${mount}`] as const,
    ),
    ...chosen.passed.map(reason => ['passed over', reasonWords(reason, chosen.target)] as const),
    ...[...chosen.notes, ...plan.remarks].map(note => ['note', note] as const),
  ];
  const wide = Math.max(...lines.map(([title]) => title.length));
  return [
    ...hang('', `restore of cluster ${backup.cluster}`, width, paint.strong),
    ...lines.flatMap(([title, words]) => hang(`  ${title.padEnd(wide)}  `, harmless(words), width)),
    ...hang('', settings === null ? '' : `  ${settings.signal}, and in postgresql.auto.conf:`, width),
    ...(settings?.lines ?? []).map(line => `    ${harmless(line)}`),
  ]
    .filter(line => line !== '')
    .join('\n');
}

function endWords({ target, end }: Chosen): string {
  const at = `LSN ${showLsn(end.lsn)}${end.time === null ? '' : `, ${showMoment(end.time)}`}`;
  return target.is === 'lsn' ? `${end.is} ${at}` : `${showTarget(target)}: ${end.is} ${at}`;
}

function walWords(segments: RestorePlan['wal']['segments'], size: Bytes): string {
  const [first, last] = [segments[0], segments.at(-1)];
  if (first === undefined || last === undefined) return 'none';
  const unfinished = segments.filter(({ partial }) => partial).map(({ name }) => name);
  return `${String(segments.length)} segments, ${showBytes(size)}: ${first.name} to ${last.name}${unfinished.length === 0 ? '' : ` (unfinished: ${unfinished.join(', ')})`}`;
}

export interface RestoreDone {
  readonly plan: RestorePlan;
  readonly done: Restored;
  readonly took: Duration;
  /** In the order in which they are to be typed. */
  readonly next: readonly (readonly string[])[];
  readonly started: boolean;
}

/** Without a line feed at its end. */
export function restoreDoneText({ plan, done, took, next, started }: RestoreDone, { width, colour }: Style): string {
  const paint = painter(colour);
  const rate = took > 0 ? `, ${showBytes(bytes((done.all / took) * 1000))}/s` : '';
  const kept =
    plan.mode === 'new' ? '' : `; ${showBytes(done.same)} were there already, ${String(done.removed)} things removed`;
  return [
    ...hang(
      '',
      `restored ${plan.where} from backup ${plan.backup.id}${started ? ', and started' : ''}`,
      width,
      paint.strong,
    ),
    ...hang('  ', `${showBytes(done.written)} written in ${showDuration(took)}${rate}${kept}`, width),
    ...(done.aside === null ? [] : hang('  ', `WAL that lay there before is kept in ${done.aside}`, width)),
    ...(next.length === 0 ? [] : ['Next:']),
    ...next.map(argv => `  ${commandLine(argv)}`),
  ].join('\n');
}

/** The plan as data: without the list of paths. */
export function restorePlanJson({ keep, ...plan }: RestorePlan, chosen: Chosen): Json {
  return plainData({
    ...plan,
    paths: keep.size,
    path: chosen.path,
    end: chosen.end,
    target: chosen.target,
    notes: chosen.notes,
  });
}

export const restoreDoneJson = ({ plan, done, took, next, started }: RestoreDone): Json =>
  plainData({ backup: plan.backup.id, into: plan.where, mode: plan.mode, ...done, took, started, next });
