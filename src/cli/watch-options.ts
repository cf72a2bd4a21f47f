// The options of `lifeboat watch`, read from words on the command line.

import { Fault } from '../faults.ts';
import { type ClusterState, clusterStates } from '../monitor/cluster-watch.ts';
import type { Goal } from '../monitor/goal.ts';
import { type NodeState, nodeStates } from '../monitor/node-watch.ts';
import type { Cluster } from '../runbook/inventory-types.ts';
import { nearest } from '../runbook/nearest.ts';
import { type Duration, parseDuration } from '../time.ts';
import type { InventoryOptions } from './inventory-file.ts';
import { nodeOf } from './options.ts';

export interface WatchOptions extends InventoryOptions {
  readonly once?: boolean;
  readonly interval?: string;
  readonly until?: string;
  readonly timeout?: string;
  readonly json?: boolean;
}

/** `primary-down`, or `node1=down`. */
export function goalOf(cluster: Cluster, written: string): Goal {
  const at = written.indexOf('=');
  if (at < 0) return { of: 'cluster', is: stateOf(written, clusterStates, `${clusterStates.join(', ')}, NODE=STATE`) };
  const node = nodeOf(cluster, written.slice(0, at), '--until');
  return { of: 'node', node, is: stateOf(written.slice(at + 1), nodeStates, nodeStates.join(', ')) };
}

function stateOf<S extends ClusterState | NodeState>(written: string, states: readonly S[], all: string): S {
  const found = states.find(state => state === written);
  if (found !== undefined) return found;
  const close = nearest(written, states);
  throw new Fault('usage', `--until takes a state, not "${written}"`, {
    hint: close === undefined ? `one of: ${all}` : `did you mean ${close}? One of: ${all}`,
  });
}

export function durationOf(written: string, option: string, least: Duration): Duration {
  const duration = parseDuration(written);
  if (duration !== undefined && duration >= least) return duration;
  throw new Fault('usage', `${option} takes a duration of a second or more, not "${written}"`, {
    hint: `for example: ${option} 10s`,
  });
}

/** The inventory as it was named, for the commands to type next; begins with a blank. */
export function inventoryTyped({ inventory, cluster }: InventoryOptions): string {
  return `${inventory === undefined ? '' : ` --inventory ${inventory}`}${cluster === undefined ? '' : ` --cluster ${cluster}`}`;
}
