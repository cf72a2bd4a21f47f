// A run holds the cluster and has not been heard of for a while: it was cut off, and knows what it has done.

import { type Duration, seconds, showDuration } from '../../../time.ts';
import type { Cause } from '../finding.ts';
import { primaryOf, seen } from '../reading.ts';
import { lifeboat } from '../remedy.ts';

/** A run in good health is heard of every 10 s. */
const silentFor: Duration = seconds(60);

export const runUnfinished: Cause = {
  name: 'run-unfinished',
  summary: 'a run of Lifeboat holds the cluster',
  judge(node, cluster) {
    const lock = seen(node)?.lock;
    const first = cluster.nodes.find(one => seen(one)?.lock?.run === lock?.run);
    if (!lock || first !== node) return undefined;
    const gone = lock.age > silentFor;
    return {
      node: node.node,
      cause: 'run-unfinished',
      seriousness: gone ? (primaryOf(cluster) ? 'degraded' : 'outage') : 'wait',
      certainty: 'sure',
      words: gone
        ? `Run ${lock.run} (${lock.book}) of ${lock.owner} holds the cluster and was cut off: go on with it before anything else is begun.`
        : `Run ${lock.run} (${lock.book}) of ${lock.owner} is at work: what is seen here may be its doing.`,
      evidence: [{ on: node.node, text: `lock of run ${lock.run}, last heard of ${showDuration(lock.age)} ago` }],
      first: [],
      book: gone ? lifeboat({ ...cluster, options: [] }, 'resume', lock.run) : null,
      byHand: [],
      loses: null,
      wait: gone ? null : { until: 'that run has ended', progress: null },
    };
  },
};
