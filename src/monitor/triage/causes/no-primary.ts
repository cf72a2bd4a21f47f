// Every node that answers is a standby, and none that is down was the primary: somebody must be promoted.

import { installation } from '../../../look/installation.ts';
import { pgCtlPromote } from '../../../postgres/commands.ts';
import { showLsn } from '../../../postgres/lsn.ts';
import type { Cause } from '../finding.ts';
import { candidateFor, isStandby, primaryOf, reached, said, wasPrimary } from '../reading.ts';
import { shellOn } from '../remedy.ts';

export const noPrimary: Cause = {
  name: 'no-primary',
  summary: 'all nodes are standbys, and nobody takes writes',
  judge(node, cluster) {
    if (!isStandby(node) || primaryOf(cluster) || cluster.nodes.some(one => wasPrimary(one, cluster))) return undefined;
    const others = cluster.nodes.filter(isStandby);
    if (candidateFor(undefined, cluster) !== node) return undefined;
    return {
      node: node.node,
      cause: 'no-primary',
      seriousness: 'outage',
      certainty: 'sure',
      words: `Every node is a standby, and nobody takes writes: a switchover that was cut off, or a promotion that never came. ${node.node} has come furthest.`,
      evidence: others.map(one => ({
        on: one.node,
        text: `standby on timeline ${String(said(one)?.timeline)}, up to ${showLsn(reached(one))}`,
      })),
      first: [],
      book: null,
      byHand: [shellOn(node, pgCtlPromote(installation(node.site), 60))],
      loses: null,
      wait: null,
    };
  },
};
