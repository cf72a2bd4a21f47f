// The primary of a cluster as a restored copy has to know it: to follow it, or not to come up beside it.

import { makeSite } from '../drivers/site.ts';
import { liveLook } from '../engine/live-look.ts';
import { Fault } from '../faults.ts';
import { type Facts, valueOf } from '../look/facts.ts';
import type { NodeName } from '../ports.ts';
import type { Becomes } from '../repo/restore-settings.ts';
import type { Cluster } from '../runbook/inventory-types.ts';
import { instant } from '../time.ts';
import type { RestorePlace } from './restore-where.ts';

type Role = Facts['role'] | undefined;

/** Of the other nodes; undefined where one does not say. */
export async function rolesBeside(cluster: Cluster, own: NodeName | undefined): Promise<ReadonlyMap<NodeName, Role>> {
  const site = makeSite(cluster);
  try {
    const look = liveLook(site, cluster, { started: instant(new Date()), told: new Map() });
    const others = cluster.nodes.filter(({ name }) => name !== own);
    return new Map(
      await Promise.all(others.map(async ({ name }) => [name, valueOf(await look.fact(name, 'role'))] as const)),
    );
  } finally {
    await site.close();
  }
}

/** Throws a Fault where there is no primary to follow. Passwords lie in the passfile of the node. */
export async function primaryFor(cluster: Cluster, { node }: Pick<RestorePlace, 'node'>): Promise<Becomes> {
  const roles = await rolesBeside(cluster, node?.name);
  const primary = cluster.nodes.find(({ name }) => roles.get(name) === 'primary');
  if (primary === undefined) {
    const seen = [...roles].map(([name, role]) => `${name} ${role ?? 'silent'}`).join(', ');
    throw new Fault('refused', `a standby needs a primary to follow, and no node says that it is one: ${seen}`, {
      hint: 'how everybody stands: lifeboat status',
    });
  }
  const { replication } = cluster;
  const secret = replication?.secret;
  // libpq does not expand ~, and looks into ~/.pgpass by itself.
  const passfile = secret && 'passfile' in secret && secret.passfile.startsWith('/') ? secret.passfile : undefined;
  const name = node?.name ?? 'restored';
  return {
    is: 'standby',
    primary: {
      host: primary.postgres.host,
      port: primary.postgres.port,
      user: replication?.user ?? 'postgres',
      application_name: name,
      connect_timeout: 5,
      ...(passfile !== undefined && { passfile }),
    },
    // Slots are made for nodes of the inventory, by their names (manual 26.2.6.1 tells which letters).
    ...(replication?.slots === true &&
      node !== undefined && { slot: name.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_') }),
    ...(node?.postgres.restoreCommand !== undefined && { restoreCommand: node.postgres.restoreCommand }),
  };
}
