// The server reads its own WAL after a crash and turns clients away meanwhile: it is on the way back, and must be waited for.

import type { Cause } from '../finding.ts';
import { lastOfEach, quotedEach } from '../log-story.ts';
import { said, seen, wasPrimary } from '../reading.ts';
import { lifeboat } from '../remedy.ts';
import { replayProgress, replaying } from '../replay.ts';
import { failed, sinceServed } from '../trouble.ts';

export const crashRecovery: Cause = {
  name: 'crash-recovery',
  summary: 'PostgreSQL recovers from a crash, and will serve when it is done',
  judge(node, cluster) {
    const survey = seen(node);
    if (!survey?.postmaster || said(node) || survey.ready !== 'rejecting' || survey.standbySignal) return undefined;
    const lines = sinceServed(node);
    const begun = lastOfEach(lines, ['not-properly-shut-down', 'redo-starts', 'redo-progress', 'redo-done']);
    const process = replaying(survey);
    if (survey.control?.state !== 'in crash recovery' && begun.length === 0 && process === undefined) return undefined;
    const progress = replayProgress(node);
    return {
      node: node.node,
      cause: 'crash-recovery',
      seriousness: wasPrimary(node, cluster) ? 'outage' : 'wait',
      certainty: survey.control?.state === 'in crash recovery' ? 'sure' : 'likely',
      words: `PostgreSQL replays its own WAL after a crash and turns clients away meanwhile. It comes back by itself and loses nothing: wait, and do not promote beside it.${failed(lines) ? ' It has been at this before: should it go down again, ask triage again.' : ''}`,
      evidence: [
        ...(process ? [{ on: node.node, text: process }] : []),
        ...(survey.control ? [{ on: node.node, text: `pg_controldata: ${survey.control.state}` }] : []),
        ...quotedEach(node, begun),
      ],
      first: [],
      book: null,
      byHand: [`if it does not end in time, or the position stands still: ${lifeboat(cluster, 'run', 'failover')}`],
      loses: null,
      wait: { until: 'it accepts connections', progress },
    };
  },
};
