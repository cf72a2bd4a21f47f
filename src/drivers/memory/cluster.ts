// The inventory of a simulated cluster, laid out as a careful site lays out its disks.

import type { NodeName } from '../../ports.ts';
import type { Cluster, NodeSite } from '../../runbook/inventory-types.ts';
import { bytes } from '../../time.ts';

export function memoryCluster(names: readonly string[], rpo = 0): Cluster {
  return {
    name: 'main',
    home: undefined,
    replication: undefined,
    objective: { rto: undefined, rpo: bytes(rpo) },
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
