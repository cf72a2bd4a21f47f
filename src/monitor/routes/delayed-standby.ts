// A standby that replays late on purpose, and has not come to the point yet: its data is there already. Pure.

import { installation } from '../../look/installation.ts';
import { pgCtlPromote } from '../../postgres/commands.ts';
import { type Lsn, lsnDiff, showLsn } from '../../postgres/lsn.ts';
import { type RecoveryTarget, targetSetting } from '../../postgres/recovery.ts';
import { commandLine } from '../../postgres/shell.ts';
import { quoteLiteral } from '../../postgres/settings.ts';
import { recoveryTarget, showMoment } from '../../repo/target.ts';
import { between, bytes, type Duration, type Instant, microsOf, ms, showDuration } from '../../time.ts';
import { predict } from '../predict.ts';
import { psqlArgv, startArgv, stopArgv } from '../triage/remedy.ts';
import type { Command, NodeSeen, Route, RouteEvidence } from './route.ts';

/** One for each that is late; one that says so where none is. */
export function delayedStandbys(evidence: RouteEvidence): Route[] {
  const late = evidence.nodes.filter(({ role, delay, paused }) => role === 'standby' && (delay > 0 || paused));
  if (late.length > 0) return late.map(node => routeOf(evidence, node));
  const silent = evidence.nodes.filter(({ role }) => role === null).map(({ node }) => `${node} does not answer`);
  return [
    {
      ...nothing,
      on: null,
      title: 'a standby that replays late',
      reachable: false,
      why: ['no standby replays late on purpose (recovery_min_apply_delay)', ...silent],
    },
  ];
}

const nothing = {
  route: 'delayed-standby',
  loses: 'nothing',
  undo: 'until it is promoted: reset the settings and restart it',
  needs: [],
  time: null,
  hurry: null,
  commands: [],
  notes: [],
} as const satisfies Partial<Route>;

function routeOf(evidence: RouteEvidence, node: NodeSeen): Route {
  const place = placeOf(evidence);
  const why = timelineAgainst(evidence, node) ?? passed(evidence, node, place);
  const name = node.paused ? 'whose replay is paused' : `which replays ${showDuration(node.delay)} late`;
  const known = { ...nothing, on: node.node, title: `${node.node}, ${name}` };
  if (why !== null) return { ...known, reachable: false, why: [why] };
  const has = place !== null && node.received !== null && node.received > place;
  const work = place === null || node.replayed === null ? 0 : Math.max(0, lsnDiff(place, node.replayed));
  return {
    ...known,
    reachable: true,
    why: [],
    time: predict({ on: node.node, book: null, parts: [{ part: 'replay', bytes: bytes(work) }] }, evidence.measured),
    hurry: node.paused ? null : timeLeft(evidence, node),
    commands: commandsFor(evidence, node, has),
    notes: [
      'there it pauses and can be read: copy out what is needed with pg_dump; a table that a transaction in progress there had locked (TRUNCATE, DROP, ALTER) only once it is promoted',
      ...(has ? [] : [`it has not received all WAL up to there, and goes on fetching it from the primary`]),
      `to go on with it as the primary, stop all others first; then ${promoteOn(node)}, and lifeboat run rebuild-replication`,
    ],
  };
}

/** Where the target lies, as far as that is known. */
const placeOf = ({ found, target }: RouteEvidence): Lsn | null =>
  found.is === 'chosen' ? found.end.lsn : target.is === 'lsn' ? target.lsn : null;

/** Only where the way is known: without one a time is still compared with what it replayed. */
function timelineAgainst({ found }: RouteEvidence, { node, timeline, replayed }: NodeSeen): string | null {
  if (found.is !== 'chosen' || timeline === null) return null;
  const leg = found.path.find(one => one.timeline === timeline);
  if (leg !== undefined && (leg.to === null || replayed === null || replayed <= leg.to)) return null;
  return `${node} is on timeline ${String(timeline)}, from where no way leads to timeline ${String(found.timeline)}`;
}

/** Null: it has not. */
function passed({ target }: RouteEvidence, seen: NodeSeen, place: Lsn | null): string | null {
  const { node, replayed, lastTransaction, delay } = seen;
  const late = delay > 0 ? `; it replays ${showDuration(delay)} late` : '';
  if (place !== null) {
    if (replayed === null) return `${node} does not say how far it has replayed`;
    return replayed <= place ? null : `${node} has replayed beyond it, up to ${showLsn(replayed)}${late}`;
  }
  if (target.is !== 'time') return 'where it lies is not known: the WAL that is kept does not say';
  if (lastTransaction === null) return `${node} does not say which transaction it replayed last`;
  const [last, wanted] = [microsOf(lastTransaction), microsOf(target.time)];
  return last < wanted || (target.inclusive && last === wanted)
    ? null
    : `${node} has replayed beyond it, up to ${showMoment(lastTransaction)}${late}`;
}

/** A commit is replayed so much later than it happened, by the standby's own clock. */
function timeLeft(evidence: RouteEvidence, { delay }: NodeSeen): Duration | null {
  const end = endTime(evidence);
  return end === null ? null : ms(Math.max(0, between(evidence.at, end) + delay));
}

function endTime({ found, lost, target }: RouteEvidence): Instant | null {
  const time = found.is === 'chosen' ? found.end.time : null;
  return time ?? lost?.first?.time ?? (target.is === 'time' ? target.time : null);
}

/**
 * Recovery targets are read at the start only. Cut off from its primary it cannot run on; at the target it pauses, for a second primary
 * must not come up by itself.
 */
function commandsFor(evidence: RouteEvidence, node: NodeSeen, cutOff: boolean): Command[] {
  const { found } = evidence;
  const timeline = found.is === 'chosen' ? found.timeline : (node.timeline ?? 'latest');
  const set = (name: string, value: string): string => `alter system set ${name} = ${quoteLiteral(value)}`;
  const settings = [
    ...targetOf(aimOf(evidence, node)),
    ['recovery_target_timeline', String(timeline)],
    ['recovery_target_action', 'pause'],
    ['recovery_min_apply_delay', '0'],
    ...(cutOff ? [['primary_conninfo', '']] : []),
  ].map(([name = '', value = '']) => set(name, value));
  return [
    ...(node.paused ? [] : [psqlArgv(node, 'select pg_wal_replay_pause()')]),
    psqlArgv(node, ...settings),
    stopArgv(node),
    startArgv(node),
  ].map(argv => ({ on: node.node, line: commandLine(argv) }));
}

/**
 * Before the commit of a TRUNCATE its lock is replayed already, and whoever reads the table waits for ever: better right behind the
 * transaction before it, which is the same data.
 */
function aimOf({ target, before }: RouteEvidence, { replayed }: NodeSeen): RecoveryTarget {
  return before !== null && replayed !== null && before.lsn > replayed
    ? { lsn: before.lsn, inclusive: true }
    : recoveryTarget(target);
}

function targetOf(wanted: RecoveryTarget): string[][] {
  const set = targetSetting(wanted);
  if (set === undefined) return [];
  return [[set.name, set.value], ...(set.inclusive === false ? [['recovery_target_inclusive', 'off']] : [])];
}

const promoteOn = ({ node, site }: NodeSeen): string =>
  `on ${node}: ${commandLine(pgCtlPromote(installation(site), 60))}`;
