// Somebody stopped PostgreSQL: its log and its control data say so, and nothing is broken.

import type { Cause } from '../finding.ts';
import { quotedEach } from '../log-story.ts';
import { isDown, primaryOf, seen, wasPrimary } from '../reading.ts';
import { rejoin, startIfSafe, whenLost } from '../remedy.ts';
import { askedToStop, endedCleanly, failed, troubles } from '../trouble.ts';
import { lastOf, thisBoot } from '../log-story.ts';

export const stopped: Cause = {
  name: 'stopped',
  summary: 'PostgreSQL was told to stop, and did',
  judge(node, cluster) {
    const survey = seen(node);
    if (!survey || !isDown(node) || survey.processes.length > 0 || survey.control?.intact !== true) return undefined;
    const request = askedToStop(node);
    const clean = endedCleanly(node);
    if (!request && (!clean || failed(troubles(node)))) return undefined;
    if (lastOf(thisBoot(node), ['shutdown-at-target'])) return undefined;
    const replaced = wasPrimary(node, cluster) && primaryOf(cluster) !== undefined;
    return {
      node: node.node,
      cause: 'stopped',
      certainty: 'sure',
      words: `PostgreSQL was stopped${clean ? ' in good order' : ' at once, without a last checkpoint'}. ${
        replaced
          ? 'Another node has taken its place since: it may only come back as a standby.'
          : 'If nothing speaks against it, start it again: that loses nothing.'
      }`,
      evidence: [
        ...quotedEach(node, [request, lastOf(thisBoot(node), ['shut-down'])]),
        { on: node.node, text: `pg_controldata: ${survey.control.state}` },
        { on: node.node, text: 'no process of the data directory is left' },
      ],
      ...whenLost(node, cluster, rejoin),
      byHand: startIfSafe(node, cluster),
      wait: null,
    };
  },
};
