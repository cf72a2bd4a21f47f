// A node that a run has fenced: it shall not come up as a primary until it is rejoined.

import type { Cause } from '../finding.ts';
import { primaryOf, seen } from '../reading.ts';
import { rejoin } from '../remedy.ts';

export const fenced: Cause = {
  name: 'fenced',
  summary: 'a failover has fenced it, and it waits to be rejoined',
  judge(node, cluster) {
    const survey = seen(node);
    const fence = survey?.fence ?? null;
    if (fence === null) return undefined;
    return {
      node: node.node,
      cause: 'fenced',
      seriousness: primaryOf(cluster) ? 'degraded' : 'outage',
      certainty: 'sure',
      words:
        'A run has fenced it, so that it does not come back as a second primary. It comes back as a standby when it is rejoined.',
      evidence: [{ on: node.node, text: `fenced: ${fence}` }],
      first: [],
      book: rejoin(node, cluster),
      byHand: [],
      loses: null,
      wait: null,
    };
  },
};
