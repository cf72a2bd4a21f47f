// The repository of a cluster as a run uses it: opened when something is asked of it for the first time, and never made.

import { localTarget } from '../drivers/restore-local.ts';
import { sshTarget } from '../drivers/restore-ssh.ts';
import { sshShell } from '../drivers/ssh.ts';
import { threadWorks } from '../drivers/works.ts';
import { type Keeping } from '../repo/keeping.ts';
import { keepingOf, type TargetOn } from '../repo/keeping-of.ts';
import { inCluster } from '../repo/repository.ts';
import type { Cluster, Inventory } from '../runbook/inventory-types.ts';
import { openSite } from './open-repository.ts';
import type { Terminal } from './terminal.ts';

/** Undefined where the inventory names none for this cluster: books that need one are refused then. */
export function keepingFor(terminal: Terminal, inventory: Inventory, cluster: Cluster): Keeping | undefined {
  const site = inventory.repositories?.[cluster.backup?.repository ?? ''];
  if (site === undefined) return undefined;
  const open = async () => inCluster(await openSite(terminal, site), cluster.name);
  return keepingOf(site.path, open, targetOn(cluster));
}

function targetOn(cluster: Cluster): TargetOn {
  return (on, places, holds) => {
    const node = cluster.nodes.find(({ name }) => name === on);
    if (node === undefined) throw new Error(`no node is named "${on}"`);
    const guard = holds && { node, holds };
    if (node.ssh.local === true) return localTarget(places, threadWorks(), guard);
    return sshTarget(sshShell(node.ssh), node.name, places, guard);
  };
}
