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
