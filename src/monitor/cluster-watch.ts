// How a cluster stands, from how its nodes stand: who is the primary, and is it there? Pure.

import type { NodeName } from '../ports.ts';
import { isRejecting, type NodeWatch } from './node-watch.ts';
import { testifies } from './sample.ts';

export const clusterStates = [
  'unknown',
  'healthy',
  'degraded',
  'primary-rejecting',
  'primary-down',
  'two-primaries',
] as const;
export type ClusterState = (typeof clusterStates)[number];

export interface Judgement {
  readonly is: ClusterState;
  /** Who it is, or was when it was last heard. */
  readonly primary: NodeName | null;
  /** In words, for a person. */
  readonly why: string;
}

/** @param home where the primary belongs: stands in for a primary that nobody ever saw */
export function judge(nodes: readonly NodeWatch[], home: NodeName | undefined): Judgement {
  const primaries = nodes.filter(node => node.state === 'up' && saysNow(node) === 'primary');
  const [primary] = primaries;
  if (primary === undefined) return withoutPrimary(nodes, home);
  const names = primaries.map(({ node }) => node).join(' and ');
  if (primaries.length > 1)
    return { is: 'two-primaries', primary: null, why: `${names} say that they are primaries: the data may diverge` };
  const others = nodes.filter(node => node !== primary);
  const missing = others.filter(({ state }) => state !== 'up' && state !== 'unknown');
  if (missing.length > 0)
    return { is: 'degraded', primary: primary.node, why: `${names} is the primary; ${missing.map(words).join(', ')}` };
  const unclear = others.filter(node => node.state === 'unknown' || saysNow(node) === undefined);
  if (unclear.length > 0)
    return { is: 'unknown', primary: primary.node, why: `${names} is the primary; ${unclearOf(unclear)}` };
  return { is: 'healthy', primary: primary.node, why: `${names} is the primary and every node is up` };
}

function withoutPrimary(nodes: readonly NodeWatch[], home: NodeName | undefined): Judgement {
  // Of a single server the same silence means that it is lost: there is nothing else to compare it with.
  if (nodes.length > 1 && nodes.every(isolated)) {
    return {
      is: 'unknown',
      primary: null,
      why: 'nothing answers here, no server and no host: this machine itself may be cut off',
    };
  }
  const lost = lostPrimary(nodes, home);
  const unclear = nodes.filter(
    node => node.state === 'unknown' || (node.state === 'up' && saysNow(node) === undefined),
  );
  if (lost !== undefined && lost.state !== 'unknown' && !unclear.includes(lost)) {
    const why = `${words(lost)}${lost.role?.is === 'primary' ? '' : ', and no node that answers is a primary'}`;
    return { is: isRejecting(lost.state) ? 'primary-rejecting' : 'primary-down', primary: lost.node, why };
  }
  if (unclear.length > 0) return { is: 'unknown', primary: lost?.node ?? null, why: unclearOf(unclear) };
  return { is: 'primary-down', primary: null, why: 'no node that answers is a primary' };
}

/** The node that last said so; else, where all that are up are standbys, the one at home or the only one that is left. */
function lostPrimary(nodes: readonly NodeWatch[], home: NodeName | undefined): NodeWatch | undefined {
  const away = nodes.filter(({ state }) => state !== 'up');
  const known = away
    .filter(({ role }) => role?.is === 'primary')
    .toSorted((a, b) => Date.parse(b.role?.at ?? '') - Date.parse(a.role?.at ?? ''))[0];
  if (known !== undefined) return known;
  const settled = nodes.every(node => node.state !== 'unknown' && (node.state !== 'up' || saysNow(node) === 'standby'));
  if (!settled) return undefined;
  const possible = away.filter(({ role }) => role === null);
  return possible.find(({ node }) => node === home) ?? (possible.length === 1 ? possible[0] : undefined);
}

/** A role told before the present state began is of an earlier life: a lost primary may come back as a standby. */
export const saysNow = ({ role, since }: NodeWatch): 'primary' | 'standby' | undefined =>
  role !== null && Date.parse(role.at) >= Date.parse(since) ? role.is : undefined;

/** Nobody but this machine can be asked about it, and this machine does not hear it. */
const isolated = ({ runs }: NodeWatch): boolean =>
  runs.size > 1 && [...runs].every(([from, run]) => (from === 'here' ? run.is === 'no-response' : !testifies(run)));

const words = ({ node, state }: NodeWatch): string => `${node} is ${state.replace('-', ' ')}`;

const unclearOf = (nodes: readonly NodeWatch[]): string =>
  nodes
    .map(({ node, state }) =>
      state === 'up' ? `${node} does not say what it is` : `nothing is settled of ${node} yet`,
    )
    .join(', ');
