// Replication sessions with one node of the inventory: through SSH to its Unix socket, or direct, as that says.

import { localShell } from '../drivers/local.ts';
import { openReplication } from '../drivers/replication.ts';
import { sshShell } from '../drivers/ssh.ts';
import type { NodeName } from '../ports.ts';
import type { Replication } from '../repo/replication.ts';
import type { Cluster } from '../runbook/inventory-types.ts';
import { Redactor } from '../secret.ts';
import { type Duration, seconds } from '../time.ts';

export interface ReplicationSessions {
  /** A new one, to be closed by whoever asked. Throws a Fault `unreachable` or `refused`. `application`: what pg_stat_replication calls it. */
  open(application: string): Promise<Replication>;
  /** The way to the node; sessions end with it. */
  close(): Promise<void>;
}

export function replicationSessions(
  cluster: Cluster,
  on: NodeName,
  within: Duration = seconds(10),
): ReplicationSessions {
  const node = cluster.nodes.find(({ name }) => name === on);
  if (!node) throw new Error(`no node is named "${on}"`);
  const shell = node.ssh.local === true ? localShell() : sshShell(node.ssh);
  const redactor = new Redactor();
  return {
    open: application => openReplication({ node, shell, redactor }, { application, within }),
    close: () => shell.close(),
  };
}
