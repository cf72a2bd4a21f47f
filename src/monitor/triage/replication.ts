// A standby that does not stream from a primary that lives: what it was told last.

import type { MessageName } from '../../postgres/messages.ts';
import type { ClusterEvidence, LogLine, NodeEvidence } from './evidence.ts';
import { lastOf, thisBoot } from './log-story.ts';
import { isStandby, nodeOf, primaryOf, said, seen } from './reading.ts';

/** What a standby says of a primary that it cannot stream from. */
const refusals: readonly MessageName[] = [
  'slot-missing',
  'slot-invalidated',
  'wal-removed',
  'not-in-history',
  'not-a-child',
  'forked-off-before',
  'primary-behind',
  'other-system',
  'primary-refuses-password',
  'primary-refuses-host',
  'cannot-connect-to-primary',
  'stream-lost',
];

export interface Broken {
  /** Whom it follows, or should. */
  readonly from: NodeEvidence;
  /** Its last complaint. */
  readonly line: LogLine | undefined;
}

/** Undefined where it streams, needs no stream, or has nobody left to follow: then that is what is to be told. */
export function broken(node: NodeEvidence, cluster: ClusterEvidence): Broken | undefined {
  const survey = seen(node);
  const standby = isStandby(node) || (survey?.standbySignal === true && survey.postmaster !== null);
  if (!standby || said(node)?.receiver?.status === 'streaming') return undefined;
  const upstream = nodeOf(cluster, node.upstream?.node);
  const from = upstream && said(upstream) ? upstream : primaryOf(cluster);
  if (!from || from === node) return undefined;
  return { from, line: lastOf(thisBoot(node), refusals) };
}

/** Where that is what it said last. */
export function complaint(
  node: NodeEvidence,
  cluster: ClusterEvidence,
  names: readonly MessageName[],
): (Broken & { readonly line: LogLine }) | undefined {
  const found = broken(node, cluster);
  const name = found?.line?.message?.name;
  return found?.line && name !== undefined && names.includes(name) ? { from: found.from, line: found.line } : undefined;
}
