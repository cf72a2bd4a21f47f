// A standby that follows the wrong server: one of another cluster, or a node that is not the primary any more.

import type { Cause } from '../finding.ts';
import { quotedEach } from '../log-story.ts';
import { isStandby, nodeOf, primaryOf, said } from '../reading.ts';
import { rebuild, rejoin } from '../remedy.ts';
import { complaint } from '../replication.ts';
import { conninfoOf } from './refused.ts';

const common = { seriousness: 'degraded', certainty: 'sure', first: [], byHand: [], loses: null, wait: null } as const;

export const otherSystem: Cause = {
  name: 'other-system',
  summary: 'the standby and the server that it follows are not copies of one another',
  judge(node, cluster) {
    const found = complaint(node, cluster, ['other-system']);
    const primary = primaryOf(cluster);
    const [own, theirs] = [said(node)?.systemId, primary && said(primary)?.systemId];
    const differs = primary !== node && own !== undefined && theirs !== undefined && own !== theirs;
    if (!found && !differs) return undefined;
    return {
      ...common,
      node: node.node,
      cause: 'other-system',
      words:
        'It has another system identifier than the primary: it was made by an initdb of its own, or belongs to another cluster. Make sure that it is the right machine before it is built anew.',
      evidence: [
        ...quotedEach(node, [found?.line]),
        ...(differs ? [{ on: node.node, text: `system identifier ${own}, of the primary ${theirs}` }] : []),
      ],
      book: rebuild(node, cluster),
    };
  },
};

export const wrongUpstream: Cause = {
  name: 'wrong-upstream',
  summary: 'the standby follows a node that is not the primary',
  judge(node, cluster) {
    const primary = primaryOf(cluster);
    const upstream = nodeOf(cluster, node.upstream?.node);
    if (!isStandby(node) || !primary || !upstream || upstream === primary) return undefined;
    // A cascade is well as long as it is fed.
    if (isStandby(upstream) && said(node)?.receiver?.status === 'streaming') return undefined;
    return {
      ...common,
      node: node.node,
      cause: 'wrong-upstream',
      words: `It follows ${upstream.node}, and the primary is ${primary.node}.`,
      evidence: conninfoOf(node),
      book: rejoin(node, cluster),
    };
  },
};
