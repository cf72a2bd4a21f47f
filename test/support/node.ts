// A node for the drivers: a real server behind a real sshd, as an inventory would have it.

import type { Cluster, NodeSite, PostgresSite } from '../../src/runbook/inventory-types.ts';
import type { HostGuard, NodeName, Survey } from '../../src/ports.ts';
import { isSilent, type Host } from '../../src/ports.ts';
import { bytes, seconds } from '../../src/time.ts';
import { bin, type TestServer } from './postgres.ts';
import type { TestSshd } from './sshd.ts';

export function nodeOf(
  name: string,
  sshd: Pick<TestSshd, 'target'>,
  server: TestServer,
  work: string,
  more: Partial<PostgresSite> = {},
): NodeSite {
  return {
    name: name as NodeName,
    ssh: sshd.target,
    work,
    postgres: {
      data: server.data,
      wal: undefined,
      archive: undefined,
      broken: undefined,
      backup: undefined,
      restoreCommand: undefined,
      tablespaces: {},
      bin,
      port: server.port,
      host: '127.0.0.1',
      socket: server.socket,
      log: server.log,
      user: 'postgres',
      database: 'postgres',
      via: 'socket',
      secret: undefined,
      service: undefined,
      ...more,
    },
  };
}

export const clusterOf = (nodes: readonly NodeSite[]): Cluster => ({
  name: 'test',
  home: undefined,
  replication: undefined,
  hooks: { fence: undefined, moved: undefined },
  objective: { rto: undefined, rpo: bytes(0) },
  monitor: { interval: seconds(10), downAfter: 3, upAfter: 2, hook: undefined },
  nodes,
});

export async function surveyed(host: Host): Promise<Survey> {
  const survey = await host.survey(seconds(8));
  if (isSilent(survey)) throw new Error(survey.silent);
  return survey;
}

/** What a plan would take from this survey. */
export function guardOf(survey: Survey, lock: string | null): HostGuard {
  return { hostKey: survey.hostKey, systemId: survey.control?.systemIdentifier ?? null, lock };
}

export const postmasterOf = ({ postmaster }: Survey): string =>
  postmaster ? `${postmaster.pid}@${postmaster.started}` : 'none';
