// The standby does not reach its primary, which lives and answers others.

import type { Cause } from '../finding.ts';
import { lastOf, quotedEach, thisBoot } from '../log-story.ts';
import { broken, complaint } from '../replication.ts';
import { conninfoOf } from './refused.ts';

export const linkCut: Cause = {
  name: 'link-cut',
  summary: 'the standby does not reach its primary over the network',
  judge(node, cluster) {
    const found = broken(node, cluster);
    if (!found) return undefined;
    const said = complaint(node, cluster, ['cannot-connect-to-primary', 'stream-lost']);
    const heard = node.upstream?.answer ?? null;
    // Whoever was turned away had got there.
    if (heard === 'accepting' || heard === 'rejecting' || (!said && heard !== 'no-response')) return undefined;
    if (found.line && !said) return undefined;
    const { from } = found;
    const to = node.upstream ? `${node.upstream.address}:${String(node.upstream.port)}` : from.node;
    const heardFrom = from.witnesses.filter(({ answer }) => answer === 'accepting').map(({ from: who }) => who);
    return {
      node: node.node,
      cause: 'link-cut',
      seriousness: 'degraded',
      certainty: heard === 'no-response' ? 'sure' : 'likely',
      words: `${node.node} does not reach ${from.node} at ${to}, which answers ${heardFrom.join(', ')}: a network between them that is cut, a firewall, or a name that leads to the wrong address.`,
      evidence: [
        ...quotedEach(node, [said?.line ?? lastOf(thisBoot(node), ['stream-lost'])]),
        ...(heard === null ? [] : [{ on: node.node, text: `pg_isready of ${to}, asked from ${node.node}: ${heard}` }]),
        ...heardFrom.map(who => ({ on: from.node, text: `pg_isready asked from ${who}: accepting` })),
        ...conninfoOf(node),
      ],
      first: [],
      book: null,
      byHand: [
        `on ${node.node}: ${node.site.postgres.bin}/pg_isready -h ${node.upstream?.address ?? from.site.postgres.host} -p ${String(node.upstream?.port ?? from.site.postgres.port)}`,
        `mend the way, or primary_conninfo of ${node.node}: it connects again by itself, and catches up for as long as ${from.node} keeps the WAL`,
      ],
      loses: null,
      wait: null,
    };
  },
};
