// The inventory of a simulated cluster, laid out as a careful site lays out its disks.

import type { NodeName } from '../../ports.ts';
import type { Cluster, NodeSite } from '../../runbook/inventory-types.ts';
import { bytes, seconds } from '../../time.ts';

export function memoryCluster(names: readonly string[], rpo = 0): Cluster {
  return {
    name: 'main',
    home: undefined,
    replication: { user: 'repuser', secret: undefined, slots: false },
    hooks: { fence: undefined, moved: undefined },
    objective: { rto: undefined, rpo: bytes(rpo) },
    monitor: { interval: seconds(10), downAfter: 3, upAfter: 2, hook: undefined },
    nodes: names.map((name, at) => nodeSite(name, at + 1)),
  };
}

function nodeSite(name: string, number: number): NodeSite {
  const address = `172.16.3.${String(100 + number)}`;
  return {
    name: name as NodeName,
    ssh: { host: address, user: 'postgres' },
    work: undefined,
    postgres: {
      data: '/disk1/data',
      wal: '/disk2/pg_wal',
      archive: '/disk3/archive',
      broken: '/disk4/broken',
      backup: '/disk3/backup',
      restoreCommand: undefined,
      tablespaces: {},
      bin: '/usr/lib/postgresql/15/bin',
      port: 5432,
      host: address,
      socket: '/var/run/postgresql',
      log: '/var/log/postgresql/main.log',
      user: 'postgres',
      database: 'postgres',
      via: 'socket',
      secret: undefined,
      service: undefined,
    },
  };
}
