// What the monitor sees, for a person: the live table, and the listing with a line for each node and round.

import { type Change, isNews, type Monitor, nextCommands, type NodeChanged } from '../monitor/monitor.ts';
import { cutOff, isRejecting, type NodeState, type NodeWatch, silence } from '../monitor/node-watch.ts';
import { type ClusterState, saysNow } from '../monitor/cluster-watch.ts';
import { codeOf, type Heard, liveliest, type Run } from '../monitor/sample.ts';
import type { Where } from '../ports.ts';
import { between, type Duration, type Instant, ms, showDuration } from '../time.ts';
import { harmless, padEnd } from './columns.ts';
import { showTime } from './numbers.ts';
import { type Paint, painter, type Style } from './style.ts';
import { type Column, table } from './table.ts';
import { hang, wrap } from './wrap.ts';

/** All that is on the screen. */
export interface MonitorPage {
  readonly cluster: string;
  /** Null for a single look. */
  readonly interval: Duration | null;
  readonly monitor: Monitor;
  readonly now: Instant;
  /** The oldest first. */
  readonly changes: readonly Change[];
  /** `--inventory …` as it was typed, for the next commands; begins with a blank. */
  readonly typed: string;
}

export interface PageStyle extends Style {
  /** Rows of the terminal: older changes are then left out. */
  readonly height?: number;
}

export function monitorLines(page: MonitorPage, style: PageStyle): string[] {
  const { cluster, interval, monitor, now, typed } = page;
  const { width, colour, height } = style;
  const paint = painter(colour);
  const { is, since, why } = monitor.cluster;
  const lasts = interval === null ? '' : ` for ${showDuration(between(since, now))}`;
  const standing = `${is}${lasts}: ${why}`;
  const every = interval === null ? '' : ` · every ${showDuration(interval)}`;
  const head = [
    ...hang('', `cluster ${cluster} · ${showTime(now)}${every}`, width, paint.strong),
    ...hang('', standing, width, dressOf(is, paint)),
    '',
    ...table(columnsAt(now), monitor.nodes, width),
    ...monitor.nodes.flatMap(node =>
      remarks(node, monitor).flatMap(words => hang(`${node.node}: `, words, width, paint.warn)),
    ),
  ];
  const next = nextCommands(is).flatMap((command, n) => hang(n === 0 ? 'next: ' : '      ', command + typed, width));
  const foot = next.length === 0 ? [] : ['', ...next];
  const room = height === undefined ? Infinity : height - head.length - foot.length - 3;
  const changes = lastLines(
    page.changes.filter(isNews).map(change => shortLines(change, style)),
    room,
  );
  return [...head, ...(changes.length === 0 ? [] : ['', ...changes]), ...foot];
}

const columnsAt = (now: Instant): readonly Column<NodeWatch>[] => [
  { title: 'node', below: 'stay', of: ({ node }) => node },
  { title: 'state', below: 'stay', of: ({ state }) => state },
  { title: 'since', below: 'stay', of: ({ since }) => clock(since, now) },
  { title: 'role', below: 'stay', of: roleOf },
  { title: 'pg_isready', below: 1, of: heardWords },
];

/** The time of day, with the day where that was another one. */
const clock = (at: Instant, now: Instant): string =>
  at.slice(0, 10) === now.slice(0, 10) ? at.slice(11, 19) : at.slice(0, 16);

const roleOf = (watch: NodeWatch): string => saysNow(watch) ?? (watch.role === null ? '' : `was ${watch.role.is}`);

/** `0 accepting: here, node2 · 2 no-response: node1`, the liveliest answer first. */
export function heardWords({ runs }: { readonly runs: ReadonlyMap<Where, Pick<Run, 'is'>> }): string {
  const groups = new Map<Heard, Where[]>();
  for (const [from, { is }] of runs) groups.set(is, [...(groups.get(is) ?? []), from]);
  return [...groups]
    .toSorted(([a], [b]) => (codeOf(a) ?? 9) - (codeOf(b) ?? 9))
    .map(([is, from]) => `${answer(is)}: ${from.join(', ')}`)
    .join(' · ');
}

const answer = (is: Heard): string => {
  const code = codeOf(is);
  return code === null ? is : `${String(code)} ${is}`;
};

function remarks(watch: NodeWatch, { rules }: Monitor): string[] {
  const silent = silence(watch);
  const away = cutOff(watch);
  const unasked = [...watch.runs].find(([from, { is }]) => from === watch.node && is === 'not-asked')?.[1];
  const best = heardBest(watch);
  return [
    ...(watch.segment === null || best !== 'rejecting' ? [] : [`replays ${watch.segment}`]),
    ...(away.length === 0 ? [] : [`${away.join(', ')} cannot reach it, others can`]),
    ...(silent > 0 && watch.state !== 'down'
      ? [`no answer, ${String(silent)} of ${String(rules.downAfter)} times`]
      : []),
    ...(best === 'accepting' && watch.state !== 'up' ? ['it answers again'] : []),
    ...(unasked?.why === null || unasked === undefined ? [] : [unasked.why]),
  ].map(harmless);
}

/** A change, with when it was found, since when it is so, and who heard what. */
export function changeLines(change: Change, { width, colour }: Style): string[] {
  const seen = change.e === 'node-changed' ? ` (${heardWords({ runs: new Map(change.heard.map(runOf)) })})` : '';
  const words = harmless(`${changeWords(change)}${seen}`);
  return hang(`${showTime(change.at)}  `, words, width, dressOf(change.is, painter(colour)));
}

/** For the table, which shows the day and the witnesses already. */
function shortLines(change: Change, { width, colour }: Style): string[] {
  return hang(
    `${change.at.slice(11, 19)}  `,
    harmless(changeWords(change)),
    width,
    dressOf(change.is, painter(colour)),
  );
}

function changeWords(change: Change): string {
  const lasted = between(change.wasSince, change.e === 'node-changed' ? change.since : change.at);
  const was = change.was === 'unknown' ? '' : `${change.was} (${showDuration(ms(Math.max(0, lasted)))}) → `;
  if (change.e === 'cluster-changed') return `cluster: ${was}${change.is}: ${change.why}`;
  const { node, is, since, segment } = change;
  return `${node}: ${was}${is}${segment === null ? '' : `, replays ${segment},`} since ${since.slice(11, 19)}`;
}

const runOf = ({ from, is }: NodeChanged['heard'][number]) => [from, { is }] as const;

/** As the listing of a pg_isready loop: what it said, and when. */
export function listingLines({ nodes }: Monitor, at: Instant): string[] {
  const name = Math.max(...nodes.map(({ node }) => node.length));
  return nodes.map(watch => {
    const replays = watch.segment === null || heardBest(watch) !== 'rejecting' ? '' : `, replays ${watch.segment}`;
    return harmless(`${showTime(at)}  ${padEnd(watch.node, name)}  ${heardWords(watch)}${replays}`);
  });
}

const heardBest = ({ runs }: NodeWatch): Heard => liveliest([...runs.values()].map(({ is }) => is));

/** The commands to type next, for a listing. */
export const nextLines = (next: readonly string[], width: number): string[] =>
  next.flatMap((command, n) => wrap(`${n === 0 ? 'next: ' : '      '}${command}`, width));

function dressOf(state: ClusterState | NodeState, paint: Paint): (text: string) => string {
  if (state === 'up' || state === 'healthy') return paint.good;
  if (state === 'down' || state === 'primary-down' || state === 'two-primaries') return paint.bad;
  return state === 'degraded' || state === 'primary-rejecting' || isRejecting(state) ? paint.warn : paint.dim;
}

/** Whole blocks from the end, as many as there is room for. */
function lastLines(blocks: readonly (readonly string[])[], room: number): string[] {
  const lines: string[] = [];
  for (const block of blocks.slice(-8).toReversed()) {
    if (lines.length + block.length > room) break;
    lines.unshift(...block);
  }
  return lines;
}
