// The postmaster is gone without a word: kill -9, the out-of-memory killer, or the machine went down under it.

import type { Cause } from '../finding.ts';
import { lastOf, quotedEach } from '../log-story.ts';
import { isDown, primaryOf, seen, wasPrimary } from '../reading.ts';
import { rejoin, startIfSafe, whenLost } from '../remedy.ts';
import { askedToStop, endedCleanly, failed, sinceServed } from '../trouble.ts';

export const killed: Cause = {
  name: 'killed',
  summary: 'the postmaster ended without a word in its log',
  judge(node, cluster) {
    const survey = seen(node);
    if (!survey || !isDown(node) || survey.data !== 'full' || endedCleanly(node) || askedToStop(node)) return undefined;
    const orphans = survey.processes;
    const lines = sinceServed(node);
    const word = lastOf(lines, ['shared-memory-in-use']);
    if (orphans.length === 0 && failed(lines)) return undefined;
    const left = `${String(orphans.length)} ${orphans.length === 1 ? 'process' : 'processes'}`;
    const replaced = wasPrimary(node, cluster) && primaryOf(cluster) !== undefined;
    return {
      node: node.node,
      cause: 'killed',
      certainty: orphans.length > 0 ? 'sure' : 'likely',
      words:
        orphans.length > 0
          ? `The postmaster was killed, and ${left} of it live on: an open session goes on committing, and none of that reaches the standby.`
          : `PostgreSQL ended without a word: killed, out of memory, or the machine restarted. ${replaced ? 'Another node has taken its place since.' : 'Started again it recovers by itself.'}`,
      evidence: [
        ...orphans.slice(0, 5).map(({ pid, command }) => ({
          on: node.node,
          text: `process ${String(pid)} without a postmaster: ${command}`,
        })),
        ...(survey.control
          ? [{ on: node.node, text: `pg_controldata: ${survey.control.state}, and no postmaster` }]
          : []),
        ...quotedEach(node, [word ?? node.lines.at(-1)]),
      ],
      ...whenLost(node, cluster, rejoin),
      byHand: orphans.length > 0 ? [] : startIfSafe(node, cluster),
      wait: null,
    };
  },
};
