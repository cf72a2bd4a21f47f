// What a script waits for: `primary-down`, `node1=recovering`. Pure.

import type { NodeName } from '../ports.ts';
import type { ClusterState } from './cluster-watch.ts';
import type { Monitor } from './monitor.ts';
import { isRejecting, type NodeState } from './node-watch.ts';

export type Goal =
  | { readonly of: 'cluster'; readonly is: ClusterState }
  | { readonly of: 'node'; readonly node: NodeName; readonly is: NodeState };

/** A node that rejects for a known reason rejects all the same. */
export function reached({ nodes, cluster }: Monitor, goal: Goal): boolean {
  if (goal.of === 'cluster') return cluster.is === goal.is;
  const state = nodes.find(({ node }) => node === goal.node)?.state;
  return state === goal.is || (goal.is === 'rejecting' && state !== undefined && isRejecting(state));
}

/** As it is written on the command line. */
export const showGoal = (goal: Goal): string => (goal.of === 'cluster' ? goal.is : `${goal.node}=${goal.is}`);

/** What holds instead. */
export function foundInstead({ nodes, cluster }: Monitor, goal: Goal): string {
  if (goal.of === 'cluster') return `${cluster.is}: ${cluster.why}`;
  return nodes.find(({ node }) => node === goal.node)?.state ?? 'unknown';
}
