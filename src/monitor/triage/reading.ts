// Reading the evidence: who runs, who was what, who is to follow whom.

import { isSilent, type NodeName, type ServerSaid, type Survey } from '../../ports.ts';
import { compareLsn, type Lsn, lsn } from '../../postgres/lsn.ts';
import type { ClusterEvidence, NodeEvidence } from './evidence.ts';

/** What its shell told; undefined where the host gave no answer. */
export const seen = ({ survey }: NodeEvidence): Survey | undefined => (isSilent(survey) ? undefined : survey);

/** What its server told. */
export function said(node: NodeEvidence): ServerSaid | undefined {
  const server = seen(node)?.server;
  return server === undefined || isSilent(server) ? undefined : server;
}

/** Its server is gone: no postmaster. Orphaned sessions may live on. */
export function isDown(node: NodeEvidence): boolean {
  const survey = seen(node);
  return survey?.postmaster === null && said(node) === undefined;
}

export const isPrimary = (node: NodeEvidence): boolean => said(node)?.inRecovery === false;
export const isStandby = (node: NodeEvidence): boolean => said(node)?.inRecovery === true;

/** Whoever takes writes; the one on the latest timeline first, then the one where the primary belongs. */
export function primaries(cluster: ClusterEvidence): NodeEvidence[] {
  const home = ({ node }: NodeEvidence): number => (node === cluster.home ? 0 : 1);
  return cluster.nodes
    .filter(isPrimary)
    .sort((a, b) => (said(b)?.timeline ?? 0) - (said(a)?.timeline ?? 0) || home(a) - home(b));
}

export const primaryOf = (cluster: ClusterEvidence): NodeEvidence | undefined => primaries(cluster)[0];

export const nodeOf = (cluster: ClusterEvidence, name: NodeName | undefined): NodeEvidence | undefined =>
  cluster.nodes.find(({ node }) => node === name);

/** What a node was when it last ran, as far as that can be told. */
export function wasPrimary(node: NodeEvidence, cluster: ClusterEvidence): boolean {
  const server = said(node);
  if (server) return !server.inRecovery;
  const survey = seen(node);
  // From 12 on every standby has the file; what recovers without it is on its way to be a primary.
  if (survey?.control) return !survey.standbySignal;
  if (cluster.nodes.some(other => isStandby(other) && other.upstream?.node === node.node)) return true;
  if (primaryOf(cluster)) return false;
  if (cluster.home !== undefined) return cluster.home === node.node;
  return cluster.nodes.every(other => other === node || isStandby(other));
}

/** Whom to promote: the standby that received most, on the latest timeline; the inventory's order decides between equals. */
export function candidateFor(lost: NodeEvidence | undefined, cluster: ClusterEvidence): NodeEvidence | undefined {
  const standbys = cluster.nodes.filter(node => node !== lost && isStandby(node));
  const timeline = (node: NodeEvidence): number => said(node)?.timeline ?? 0;
  return [...standbys].sort((a, b) => timeline(b) - timeline(a) || compareLsn(reached(b), reached(a)))[0];
}

/** How far a server has come: written by a primary, received or replayed by a standby. */
export function reached(node: NodeEvidence): Lsn {
  const server = said(node);
  const places = [server?.written, server?.received, server?.replayed].filter(
    place => place !== null && place !== undefined,
  );
  return places.reduce((most, place) => (place > most ? place : most), lsn(0n));
}
