// A stop that was asked for and is not done: it cannot be taken back, only waited for or made faster.

import type { Cause } from '../finding.ts';
import { lastOf, quotedEach, thisBoot } from '../log-story.ts';
import { primaryOf, said, seen } from '../reading.ts';

export const shuttingDown: Cause = {
  name: 'shutting-down',
  summary: 'PostgreSQL is being stopped',
  judge(node, cluster) {
    const survey = seen(node);
    if (!survey?.postmaster || said(node)) return undefined;
    const lines = thisBoot(node);
    const request = lastOf(lines, ['received-fast-shutdown', 'received-smart-shutdown', 'received-immediate-shutdown']);
    if (!request) return undefined;
    const waiting = node.disks?.toArchive ?? 0;
    return {
      node: node.node,
      cause: 'shutting-down',
      seriousness: primaryOf(cluster) ? 'wait' : 'outage',
      certainty: 'sure',
      words: `PostgreSQL was told to stop and is at it; that cannot be taken back. It waits for ${
        request.message?.name === 'received-smart-shutdown' ? 'its clients to leave' : 'its last checkpoint'
      }${waiting > 0 ? `, and for ${String(waiting)} segments to be archived` : ''}.`,
      evidence: quotedEach(node, [request, lastOf(lines, ['shutting-down'])]),
      first: [],
      book: null,
      byHand: [],
      loses: null,
      wait: { until: 'it is down', progress: null },
    };
  },
};
