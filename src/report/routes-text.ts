// The ways back to a point, for a person: where it lies, what came after it, and each way with what it costs.

import type { Command, Route } from '../monitor/routes/route.ts';
import { showLsn } from '../postgres/lsn.ts';
import type { Chosen } from '../repo/choose.ts';
import type { Lost } from '../repo/lost.ts';
import { showMoment, showTarget, type Target, type TimelineWish } from '../repo/target.ts';
import { type Unreachable, unreachableWords } from '../repo/unreachable.ts';
import { between, type Instant, ms, showBytes, showDuration } from '../time.ts';
import { harmless } from './columns.ts';
import { showTime } from './numbers.ts';
import { type Json, plainData } from './plain-data.ts';
import { predictionWords } from './prediction-words.ts';
import { type Paint, painter, type Style } from './style.ts';
import { hang } from './wrap.ts';

export interface RoutesFound {
  readonly cluster: string;
  readonly at: Instant;
  readonly target: Target;
  readonly timeline: TimelineWish;
  readonly found: Chosen | Unreachable;
  /** Null where it is not known where the target lies. */
  readonly lost: Lost | null;
  readonly routes: readonly Route[];
}

/** Without a line feed at its end. */
export function routesText(
  { cluster, at, target, found, lost, routes }: RoutesFound,
  { width, colour }: Style,
): string {
  const paint = painter(colour);
  const field = (name: string, text: string, dress?: (line: string) => string): string[] =>
    hang(`  ${name.padEnd(6)} `, harmless(text), width, dress);
  return [
    ...hang('', `ways back of cluster ${cluster} · ${showTime(at)}`, width, paint.strong),
    ...field('to', targetWords(target)),
    ...(found.is === 'chosen' ? chosenLines(found, field) : unreachableLines(found, field, paint)),
    ...(lost === null ? [] : field('after', lostWords(lost))),
    ...routes.flatMap(route => ['', ...routeLines(route, width, paint)]),
  ].join('\n');
}

type Field = (name: string, text: string, dress?: (line: string) => string) => string[];

const targetWords = (target: Target): string =>
  `${'inclusive' in target && !target.inclusive ? 'just before ' : ''}${showTarget(target)}`;

function chosenLines({ end, path, backup }: Chosen, field: Field): string[] {
  const time = end.time === null ? '' : `, ${showMoment(end.time)}`;
  const xid = end.xid === null ? '' : `, transaction ${String(end.xid)}`;
  return [
    ...field(
      'ends',
      `${end.is} LSN ${showLsn(end.lsn)}${time}${xid}; timeline ${path.map(({ timeline }) => String(timeline)).join(' → ')}`,
    ),
    ...field('from', `backup ${backup.id}, taken ${showTime(backup.stopped)} from ${backup.from}`),
  ];
}

function unreachableLines(found: Unreachable, field: Field, paint: Paint): string[] {
  const [, ...reasons] = unreachableWords(found);
  return [...field('from', 'no backup leads to it:', paint.bad), ...reasons.flatMap(reason => field('', reason))];
}

/** `48 MB of WAL, 1204 commits from 2026-11-21 16:45:04.83 UTC on, within 7 min 5 s`. */
export function lostWords({ size, commits, first, last, unseen }: Lost): string {
  if (size === 0) return 'nothing';
  const span =
    first && last
      ? ` from ${showMoment(first.time)} on, within ${showDuration(ms(Math.max(0, between(first.time, last.time))))}`
      : '';
  const count = commits === 0 ? 'no commit in it' : `${String(commits)} ${commits === 1 ? 'commit' : 'commits'}${span}`;
  return `${showBytes(size)} of WAL, ${count}${unseen === 0 ? '' : `; ${showBytes(unseen)} of it are not kept, and what is in there is not known`}`;
}

function routeLines(route: Route, width: number, paint: Paint): string[] {
  const { reachable, title, why, loses, undo, needs, time, hurry, commands, notes } = route;
  const field: Field = (name, text, dress) => hang(`  ${name.padEnd(6)} `, harmless(text), width, dress);
  if (!reachable)
    return [
      ...hang('✗ ', harmless(title), width, paint.dim),
      ...why.flatMap(reason => hang('  ', harmless(reason), width)),
    ];
  return [
    ...hang('✓ ', harmless(title), width, paint.good),
    ...(hurry === null ? [] : field('hurry', `too late in ${showDuration(hurry)}: pause it first`, paint.warn)),
    ...field('loses', losesWords(loses), loses === 'nothing' ? undefined : paint.warn),
    ...(commands.length === 0 ? [] : field('undo', undo)),
    ...needs
      .map(({ mount, needed, free }) => field('space', `${showBytes(needed)} of ${showBytes(free)} free on ${mount}`))
      .flat(),
    ...(time === null ? [] : field('time', predictionWords(time, bookOf(route)))),
    ...commands.flatMap((command, i) => commandLines(command, commands[i - 1], field, paint)),
    ...notes.flatMap(note => field('note', note)),
  ];
}

/** Whole, to be pasted: a break in the middle of a quoted word would be part of it. */
function commandLines({ on, line }: Command, before: Command | undefined, field: Field, paint: Paint): string[] {
  const where = on === null ? 'here' : `on ${on}`;
  const text = `    ${paint.strong(harmless(line))}`;
  return before?.on === on ? [text] : [...field('type', where), text];
}

const losesWords = (loses: Route['loses']): string =>
  loses === 'nothing' ? 'nothing' : loses === 'unknown' ? 'unknown' : lostWords(loses);

/** The one whose rehearsal measures it; over data that is there none does. */
const bookOf = ({ route }: Route): string | null => (route === 'delta' ? null : 'pitr');

/** LSNs as text, sizes in bytes, durations in milliseconds. */
export function routesJson({ found, routes, ...rest }: RoutesFound): Json {
  const way =
    found.is === 'chosen'
      ? {
          is: found.is,
          backup: found.backup.id,
          timeline: found.timeline,
          path: found.path,
          end: found.end,
          segments: found.segments.length,
          notes: found.notes,
        }
      : { is: found.is, reasons: found.reasons, nearest: found.nearest, words: unreachableWords(found) };
  return plainData({ ...rest, found: way, routes });
}
