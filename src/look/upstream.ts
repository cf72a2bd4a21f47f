// Who follows whom: a standby’s `primary_conninfo` and a primary’s senders against the nodes of the inventory.

import type { NodeName, Sender } from '../ports.ts';
import type { NodeSite } from '../runbook/inventory-types.ts';
import { valueOf } from './facts.ts';
import type { Look } from './look.ts';

/** Whether `HOST:PORT`, several with commas, names the server of this node: by its address for clients or by that of SSH. */
export function pointsAt(upstream: string, { postgres, ssh }: NodeSite): boolean {
  const own = [postgres.host, ssh.host].map(host => `${host}:${String(postgres.port)}`);
  return upstream.split(',').some(place => own.includes(place));
}

/**
 * The row of pg_stat_replication that is this standby’s, by its address or by its application_name. A WAL receiver without
 * a name of its own says `walreceiver`, as all such do: then its own word on whom it follows is wanted as well.
 */
export async function senderOf(
  look: Look,
  { on, from, senders }: { readonly on: NodeName; readonly from: NodeName; readonly senders: readonly Sender[] },
): Promise<Sender | undefined> {
  const address = look.node(on).postgres.host;
  const name = valueOf(await look.fact(on, 'replicationName')) ?? on;
  const upstream = valueOf(await look.fact(on, 'upstream')) ?? '';
  const unnamed = name === 'walreceiver' && !pointsAt(upstream, look.node(from));
  return (
    senders.find(sender => sender.application === name && !unnamed) ??
    senders.find(sender => sender.application === on || sender.address === address)
  );
}

/** The node that this standby’s `primary_conninfo` names; undefined where it names none of the inventory. */
export async function feederOf(look: Look, on: NodeName): Promise<NodeName | undefined> {
  const upstream = valueOf(await look.fact(on, 'upstream')) ?? '';
  return look.cluster.nodes.find(site => site.name !== on && pointsAt(upstream, site))?.name;
}

/**
 * From a standby to the primary, as each one’s `primary_conninfo` has it: `[node5, node3, node2]`. Straight where that does
 * not lead there: then the primary’s own word counts, for a proxy or another name may stand in between.
 */
export async function wayUp(look: Look, on: NodeName, primary: NodeName): Promise<readonly NodeName[]> {
  const way = [on];
  for (let at = on; at !== primary;) {
    const next = await feederOf(look, at);
    if (next === undefined || way.includes(next)) return [on, primary];
    way.push(next);
    at = next;
  }
  return way;
}

/** The nodes with each standby behind the one that feeds it, else as in the inventory. */
export async function feedersFirst(look: Look): Promise<readonly NodeName[]> {
  const order: NodeName[] = [];
  const feeders = new Map<NodeName, NodeName | undefined>();
  for (const { name } of look.cluster.nodes) feeders.set(name, await feederOf(look, name));
  const add = (name: NodeName, below: readonly NodeName[]): void => {
    const feeder = feeders.get(name);
    if (feeder !== undefined && !below.includes(feeder)) add(feeder, [...below, name]);
    if (!order.includes(name)) order.push(name);
  };
  for (const { name } of look.cluster.nodes) add(name, []);
  return order;
}
