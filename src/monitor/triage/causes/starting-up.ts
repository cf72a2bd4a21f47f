// The server is coming up and turns clients away: a start, or a standby that has not reached consistency yet.

import { showLsn } from '../../../postgres/lsn.ts';
import type { Cause } from '../finding.ts';
import { lastOfEach, quotedEach } from '../log-story.ts';
import { primaryOf, said, seen } from '../reading.ts';
import { replaying } from '../replay.ts';
import { sinceServed } from '../trouble.ts';

/** Asked after the causes that keep a server from ever getting there. */
export const startingUp: Cause = {
  name: 'starting-up',
  summary: 'PostgreSQL is starting, or its standby is not consistent yet',
  judge(node, cluster) {
    const survey = seen(node);
    if (!survey?.postmaster || said(node) || survey.ready !== 'rejecting') return undefined;
    const end = survey.control?.minRecoveryEnd?.lsn;
    const process = replaying(survey);
    return {
      node: node.node,
      cause: 'starting-up',
      seriousness: primaryOf(cluster) ? 'wait' : 'outage',
      certainty: 'likely',
      words: survey.standbySignal
        ? `It starts as a standby, and admits nobody before its data are consistent${end === undefined ? '' : `, which is at ${showLsn(end)}`} (nor ever, where hot_standby is off).`
        : 'PostgreSQL is starting, and turns clients away until it is up.',
      evidence: [
        { on: node.node, text: 'pg_isready on the node itself: rejecting' },
        ...(process === undefined ? [] : [{ on: node.node, text: process }]),
        ...quotedEach(
          node,
          lastOfEach(sinceServed(node), ['server-starting', 'entering-standby', 'redo-starts', 'waiting-for-wal']),
        ),
      ],
      first: [],
      book: null,
      byHand: [],
      loses: null,
      wait: { until: 'it accepts connections', progress: null },
    };
  },
};
