// One node under watch: answers of its witnesses in, its state out, with hysteresis both ways. Pure.

import type { NodeName, Where } from '../ports.ts';
import type { Instant } from '../time.ts';
import type { Phase } from './phase.ts';
import { inOrder, longer, type Run, type Sample, testifies } from './sample.ts';

export const nodeStates = ['unknown', 'up', 'starting', 'recovering', 'shutting-down', 'rejecting', 'down'] as const;
/** `rejecting`: it turns clients away, and it is not known why. `unknown`: not settled yet, or nobody can be asked. */
export type NodeState = (typeof nodeStates)[number];

export interface Rules {
  readonly downAfter: number;
  readonly upAfter: number;
}

/** What a server said of its role, and when it was asked. */
export interface RoleSaid {
  readonly is: 'primary' | 'standby';
  readonly at: Instant;
}

export interface NodeWatch {
  readonly node: NodeName;
  readonly state: NodeState;
  /** When the answers began that led to the state. */
  readonly since: Instant;
  /** The WAL segment that it replays, while it recovers. */
  readonly segment: string | null;
  /** The last role that it told; it may be of an earlier life. */
  readonly role: RoleSaid | null;
  readonly runs: ReadonlyMap<Where, Run>;
}

export const unwatched = (node: NodeName, at: Instant): NodeWatch => ({
  node,
  state: 'unknown',
  since: at,
  segment: null,
  role: null,
  runs: new Map(),
});

/** What was heard of one node in a round. */
export interface HeardOfNode {
  readonly at: Instant;
  readonly samples: readonly Sample[];
  /** Why it turns clients away, where that was looked at. */
  readonly phase: Phase | undefined;
  readonly role: RoleSaid | undefined;
}

export function hearNode(before: NodeWatch, heard: HeardOfNode, rules: Rules): NodeWatch {
  const runs = new Map(before.runs);
  for (const sample of inOrder(heard.samples)) runs.set(sample.from, longer(runs.get(sample.from), sample));
  const state = settle(before.state, [...runs.values()].filter(testifies), heard.phase, rules);
  return {
    node: before.node,
    state,
    since: state === before.state ? before.since : beginningOf(state, [...runs.values()], heard.at),
    segment: state !== 'recovering' ? null : (heard.phase?.segment ?? before.segment),
    role: heard.role ?? before.role,
    runs: new Map([...runs].toSorted(([a], [b]) => byWitness(a, b))),
  };
}

/**
 * Who is heard by anybody is not down, whatever the others say: a cut link is no dead server. A refusal counts at once, for it
 * is an answer; silence counts when each witness has met it often enough, and a comeback when one of them has.
 */
function settle(state: NodeState, runs: readonly Run[], phase: Phase | undefined, rules: Rules): NodeState {
  if (runs.length === 0) return 'unknown';
  const accepting = runs.filter(({ is }) => is === 'accepting');
  if (accepting.length > 0) {
    const settled = state === 'unknown' || accepting.some(({ times }) => times >= rules.upAfter);
    return settled ? 'up' : state;
  }
  if (runs.some(({ is }) => is === 'rejecting')) return phase?.is ?? (isRejecting(state) ? state : 'rejecting');
  return runs.every(({ times }) => times >= rules.downAfter) ? 'down' : state;
}

/** This machine first, then the nodes by their names: whoever answers first is no reason to stand first. */
const byWitness = (a: Where, b: Where): number =>
  Number(b === 'here') - Number(a === 'here') || a.localeCompare(b, 'en', { numeric: true });

/** Alive and closed to clients. */
export const isRejecting = (state: NodeState): boolean =>
  state === 'starting' || state === 'recovering' || state === 'shutting-down' || state === 'rejecting';

/** A node is silent since the last of its witnesses lost it, and heard since the first of them heard it. */
function beginningOf(state: NodeState, runs: readonly Run[], at: Instant): Instant {
  const sinceOf = (is: Run['is']): Instant[] => runs.filter(run => run.is === is).map(({ since }) => since);
  if (state === 'up') return earliest(sinceOf('accepting')) ?? at;
  if (state === 'down') return sinceOf('no-response').toSorted(byTime).at(-1) ?? at;
  return isRejecting(state) ? (earliest(sinceOf('rejecting')) ?? at) : at;
}

const byTime = (a: Instant, b: Instant): number => Date.parse(a) - Date.parse(b);
const earliest = (instants: readonly Instant[]): Instant | undefined => instants.toSorted(byTime)[0];

/** Witnesses that hear it not, while others do. */
export function cutOff({ runs }: Pick<NodeWatch, 'runs'>): Where[] {
  const heard = [...runs].filter(([, { is }]) => is === 'accepting' || is === 'rejecting');
  return heard.length === 0 ? [] : [...runs].filter(([, { is }]) => is === 'no-response').map(([from]) => from);
}

/** How often in a row nobody has heard it by now; 0 where somebody does, or nobody can be asked. */
export function silence({ runs }: Pick<NodeWatch, 'runs'>): number {
  const asked = [...runs.values()].filter(testifies);
  if (asked.length === 0 || asked.some(({ is }) => is !== 'no-response')) return 0;
  return Math.min(...asked.map(({ times }) => times));
}
