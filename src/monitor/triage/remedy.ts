// What to do about a node, by what it was and who is left: the book to run, what it costs, and the commands without one.

import { installation } from '../../look/installation.ts';
import { pgCtlStart, pgCtlStop } from '../../postgres/commands.ts';
import { commandLine } from '../../postgres/shell.ts';
import type { ClusterEvidence, NodeEvidence } from './evidence.ts';
import type { Finding } from './finding.ts';
import { candidateFor, primaryOf, wasPrimary } from './reading.ts';

export type Remedy = Pick<Finding, 'seriousness' | 'first' | 'book' | 'byHand' | 'loses'>;

type Named = Pick<NodeEvidence, 'node' | 'site'>;

/** `lifeboat run failover --cluster west`. */
export const lifeboat = (cluster: ClusterEvidence, ...words: readonly string[]): string =>
  commandLine(['lifeboat', ...words, ...cluster.options]);

/** A command line for the shell of a node, as its superuser of PostgreSQL. */
export const shellOn = ({ node }: Named, argv: readonly string[]): string => `on ${node}: ${commandLine(argv)}`;

/** Statements for the server of a node, each in a transaction of its own. */
export const psqlArgv = ({ site: { postgres } }: Named, ...statements: readonly string[]): readonly string[] => [
  ...[`${postgres.bin}/psql`, '-h', postgres.socket, '-p', String(postgres.port)],
  ...['-U', postgres.user, '-d', postgres.database],
  ...statements.flatMap(sql => ['-c', sql]),
];
export const sqlOn = (node: Named, sql: string): string => shellOn(node, psqlArgv(node, sql));

/** Starts its server, through the service manager where the inventory names one. */
export const startArgv = ({ site }: Named): readonly string[] =>
  site.postgres.service?.start ?? pgCtlStart(installation(site), 60);
export const startOn = (node: Named): string => shellOn(node, startArgv(node));

/** Stops its server, through the service manager where the inventory names one. */
export const stopArgv = ({ site }: Named): readonly string[] =>
  site.postgres.service?.stop ?? pgCtlStop(installation(site), 'fast', 30);
export const stopOn = (node: Named): string => shellOn(node, stopArgv(node));

/** Starting it is only offered where it does not make a second primary. */
export const startIfSafe = (node: NodeEvidence, cluster: ClusterEvidence): string[] =>
  wasPrimary(node, cluster) && primaryOf(cluster) ? [] : [startOn(node)];

export const rejoin = (node: NodeEvidence, cluster: ClusterEvidence): string =>
  lifeboat(cluster, 'run', 'rejoin', '--bind', `node=${node.node}`);

/** A standby made anew, where following or rewinding cannot help: its files are damaged, or the WAL that it needs is nowhere. */
export const rebuild = (node: NodeEvidence, cluster: ClusterEvidence): string =>
  lifeboat(cluster, 'run', 'rebuild-standby', '--bind', `node=${node.node}`);

/**
 * A server that is lost as it stands. Where it was the primary, the standby is promoted; a standby, or a former primary whose
 * place is taken, comes back as a standby, `by` the way given.
 */
export function whenLost(
  node: NodeEvidence,
  cluster: ClusterEvidence,
  by: typeof rejoin = rebuild,
  accept: readonly string[] = [],
): Remedy {
  if (!wasPrimary(node, cluster) || primaryOf(cluster)) {
    return {
      seriousness: primaryOf(cluster) ? 'degraded' : 'outage',
      first: [],
      book: by(node, cluster),
      byHand: [],
      loses: null,
    };
  }
  const candidate = candidateFor(node, cluster);
  if (!candidate) {
    return {
      seriousness: 'outage',
      first: [],
      book: null,
      byHand: ['no standby answers that could be promoted: mend this node, or restore it from a backup'],
      loses: null,
    };
  }
  return {
    seriousness: 'outage',
    first: [],
    book: lifeboat(cluster, 'run', 'failover', ...named(node, cluster), ...accept),
    byHand: [],
    loses: { is: 'failover', lost: node.node, candidate: candidate.node },
  };
}

/** Which one is lost is said where there are several; whom to promote the book chooses better, when it is run. */
const named = (lost: NodeEvidence, { nodes }: ClusterEvidence): string[] =>
  nodes.length === 2 ? [] : ['--bind', `primary=${lost.node}`];
