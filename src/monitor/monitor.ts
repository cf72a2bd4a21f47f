// The monitor as a state machine: rounds of samples in, the state of every node and of the cluster out, and what changed. Pure.

import type { NodeName, Where } from '../ports.ts';
import type { Cluster } from '../runbook/inventory-types.ts';
import type { Instant } from '../time.ts';
import { type ClusterState, judge, type Judgement } from './cluster-watch.ts';
import {
  cutOff,
  hearNode,
  type NodeState,
  type NodeWatch,
  type RoleSaid,
  type Rules,
  unwatched,
} from './node-watch.ts';
import type { Phase } from './phase.ts';
import { codeOf, type Heard, type Sample } from './sample.ts';

export interface Monitor {
  readonly home: NodeName | undefined;
  readonly rules: Rules;
  readonly nodes: readonly NodeWatch[];
  readonly cluster: Judgement & { readonly since: Instant };
}

/** What came in since the last one: not every witness answers in every round. */
export interface Round {
  readonly at: Instant;
  readonly samples: readonly Sample[];
  readonly phases?: ReadonlyMap<NodeName, Phase>;
  readonly roles?: ReadonlyMap<NodeName, RoleSaid>;
}

export interface NodeChanged {
  readonly e: 'node-changed';
  readonly at: Instant;
  readonly node: NodeName;
  readonly was: NodeState;
  /** How long the former state stood, by its beginning. */
  readonly wasSince: Instant;
  readonly is: NodeState;
  /** When the answers began that led to it. */
  readonly since: Instant;
  readonly segment: string | null;
  readonly role: 'primary' | 'standby' | null;
  readonly heard: readonly { readonly from: Where; readonly code: number | null; readonly is: Heard }[];
  /** Witnesses that do not hear it while others do. */
  readonly cutOff: readonly Where[];
}

export interface ClusterChanged {
  readonly e: 'cluster-changed';
  readonly at: Instant;
  readonly was: ClusterState;
  readonly wasSince: Instant;
  readonly is: ClusterState;
  readonly primary: NodeName | null;
  readonly why: string;
  /** The commands to type next. */
  readonly next: readonly string[];
}

export type Change = NodeChanged | ClusterChanged;

export function beginMonitor(cluster: Pick<Cluster, 'nodes' | 'home'>, rules: Rules, at: Instant): Monitor {
  const nodes = cluster.nodes.map(({ name }) => unwatched(name, at));
  const home = cluster.home?.primary;
  return { home, rules, nodes, cluster: { is: 'unknown', primary: null, why: 'nothing is known yet', since: at } };
}

export function hear(
  before: Monitor,
  round: Round,
): { readonly monitor: Monitor; readonly changes: readonly Change[] } {
  const { at, samples, phases, roles } = round;
  const nodes = before.nodes.map(watch => {
    const { node } = watch;
    const heard = { at, samples: samples.filter(({ of }) => of === node) };
    return hearNode(watch, { ...heard, phase: phases?.get(node), role: roles?.get(node) }, before.rules);
  });
  const found = judge(nodes, before.home);
  const same = found.is === before.cluster.is;
  const monitor = { ...before, nodes, cluster: { ...found, since: same ? before.cluster.since : at } };
  const changes: Change[] = nodes.flatMap((node, n) => {
    const former = before.nodes[n];
    return former === undefined || former.state === node.state ? [] : [nodeChanged(former, node, at)];
  });
  return { monitor, changes: same ? changes : [...changes, clusterChanged(before, found, at)] };
}

function nodeChanged(was: NodeWatch, now: NodeWatch, at: Instant): NodeChanged {
  return {
    e: 'node-changed',
    at,
    node: now.node,
    was: was.state,
    wasSince: was.since,
    is: now.state,
    since: now.since,
    segment: now.segment,
    role: now.role?.is ?? null,
    heard: [...now.runs].map(([from, { is }]) => ({ from, code: codeOf(is), is })),
    cutOff: cutOff(now),
  };
}

function clusterChanged(before: Monitor, { is, primary, why }: Judgement, at: Instant): ClusterChanged {
  const { is: was, since: wasSince } = before.cluster;
  return { e: 'cluster-changed', at, was, wasSince, is, primary, why, next: nextCommands(is) };
}

/** Lifeboat never fails over by itself: it names the commands, and a person types them. */
export function nextCommands(state: ClusterState): readonly string[] {
  switch (state) {
    case 'healthy':
      return [];
    case 'primary-down':
      return ['lifeboat triage', 'lifeboat run failover --dry-run'];
    case 'unknown':
      return ['lifeboat status'];
    case 'degraded':
    case 'primary-rejecting':
    case 'two-primaries':
      return ['lifeboat triage'];
  }
}

/** The first finding is no change, unless somebody should hear of it. */
export function isNews(change: Change): boolean {
  return change.was !== 'unknown' || (change.is !== 'up' && change.is !== 'healthy');
}
