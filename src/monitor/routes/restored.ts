// The ways back that begin with a backup: in place, or beside. Pure.

import { commandLine } from '../../postgres/shell.ts';
import type { Chosen } from '../../repo/choose.ts';
import { bookWords, restoreWords } from '../../repo/target-words.ts';
import { bytes } from '../../time.ts';
import { predict, type Work } from '../predict.ts';
import { stopArgv } from '../triage/remedy.ts';
import type { Command, Route, RouteEvidence, RoomSeen } from './route.ts';

/** The book that moves what is there aside, restores, and rebuilds the standby. */
export function movedAside(evidence: RouteEvidence): Route {
  const { place, rooms, target, timeline } = evidence;
  const command = ['lifeboat', 'run', 'pitr', ...bookWords(target, timeline)];
  const route = restored(evidence, rooms.aside, { on: place, book: 'pitr', part: 'restore' });
  const alone = evidence.nodes.length > 1 ? [] : ['the book builds the standby anew, and the cluster has none'];
  return {
    ...route,
    route: 'moved-aside',
    reachable: route.reachable && alone.length === 0,
    why: [...route.why, ...alone],
    title: `in place on ${place}, its data moved aside: book pitr`,
    loses: evidence.lost ?? 'unknown',
    undo: 'until archiving is armed again: lifeboat undo RUN',
    commands: [typed(evidence, [...command, '--dry-run']), typed(evidence, command)],
  };
}

/** Over what is there: the quickest for much data of which little changed, and the one without a way back. */
export function delta(evidence: RouteEvidence): Route {
  const { place, rooms, target, timeline, nodes } = evidence;
  const stops = [...nodes]
    .filter(({ role }) => role !== 'down')
    .sort((a, b) => Number(b.node === place) - Number(a.node === place))
    .map(node => ({ on: node.node, line: commandLine(stopArgv(node)) }));
  const others = nodes.filter(({ node }) => node !== place).map(({ node }) => node);
  const route = restored(evidence, rooms.delta, { on: place, book: null, part: 'delta' });
  return {
    ...route,
    route: 'delta',
    title: `in place on ${place}, only what differs is written over`,
    loses: evidence.lost ?? 'unknown',
    undo: 'never: what differs is written over for good',
    commands: [
      ...stops,
      typed(evidence, ['lifeboat', 'restore', '--on', place, ...restoreWords(target, timeline), '--yes', '--start']),
      ...others.map(node => typed(evidence, ['lifeboat', 'run', 'rebuild-replication', '--bind', `node=${node}`])),
    ],
    notes: [...route.notes, 'it does not archive until ALTER SYSTEM RESET archive_mode and a restart'],
  };
}

export function beside(evidence: RouteEvidence): Route {
  const { rooms, into, target, timeline } = evidence;
  const route = restored(evidence, rooms.beside, { on: 'here', book: null, part: 'restore' });
  return {
    ...route,
    route: 'beside',
    title: `beside, into ${into} of this machine; the cluster goes on`,
    loses: 'nothing',
    undo: 'the cluster is not touched',
    commands: [typed(evidence, ['lifeboat', 'restore', '--into', into, ...restoreWords(target, timeline)])],
  };
}

interface How {
  readonly on: string;
  readonly book: string | null;
  readonly part: 'restore' | 'delta';
}

/** What all of them have in common. */
function restored(
  evidence: RouteEvidence,
  room: RoomSeen,
  { on, book, part }: How,
): Omit<Route, 'route' | 'title' | 'loses' | 'undo' | 'commands'> {
  const { found, measured } = evidence;
  const why = [
    ...(found.is === 'chosen' ? [] : ['no backup leads to it']),
    ...('silent' in room ? [room.silent] : room.refusals.map(({ what }) => what)),
  ];
  return {
    on,
    reachable: why.length === 0,
    why,
    needs: 'silent' in room ? [] : room.needs,
    time: found.is === 'chosen' ? predict({ on, book, parts: partsOf(found, part) }, measured) : null,
    hurry: null,
    notes: found.is === 'chosen' ? found.notes : [],
  };
}

function partsOf(chosen: Chosen, part: How['part']): Work['parts'] {
  const { backup, segments } = chosen;
  const wal = bytes(segments.length * backup.segmentSize);
  return [
    { part, bytes: bytes(backup.size + wal) },
    { part: 'replay', bytes: wal },
  ];
}

const typed = ({ options }: RouteEvidence, argv: readonly string[]): Command => ({
  on: null,
  line: commandLine([...argv, ...options]),
});
