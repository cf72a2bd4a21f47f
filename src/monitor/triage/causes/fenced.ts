// A node that a run has fenced: it shall not come up as a primary until it is rejoined.

import type { Cause } from '../finding.ts';
import { primaryOf, seen } from '../reading.ts';
import { lifeboat, rejoin } from '../remedy.ts';

export const fenced: Cause = {
  name: 'fenced',
  summary: 'a failover has fenced it, and it waits to be rejoined',
  judge(node, cluster) {
    const survey = seen(node);
    const fence = survey?.fence ?? null;
    if (fence === null) return undefined;
    const primary = primaryOf(cluster);
    return {
      node: node.node,
      cause: 'fenced',
      seriousness: primary ? 'degraded' : 'outage',
      certainty: 'sure',
      words: `A run has fenced it, so that it does not come back as a second primary. ${
        primary
          ? 'It comes back as a standby when it is rejoined.'
          : 'Nobody is the primary: that run was cut off before it promoted another one, or is at it.'
      }`,
      evidence: [{ on: node.node, text: `fenced: ${fence}` }],
      first: [],
      book: primary ? rejoin(node, cluster) : null,
      byHand: primary
        ? []
        : [
            'lifeboat runs',
            'go on with the run that fenced it: lifeboat resume RUN; or take back what it did: lifeboat undo RUN',
            `where that run is lost for good: ${lifeboat(cluster, 'run', 'failover')}`,
          ],
      loses: null,
      wait: null,
    };
  },
};
