// A standby that does not stream, and does not say why in words that are known.

import type { Cause } from '../finding.ts';
import { lastOf, quotedEach, thisBoot } from '../log-story.ts';
import { said, seen } from '../reading.ts';
import { rejoin } from '../remedy.ts';
import { broken } from '../replication.ts';
import { conninfoOf } from './refused.ts';

/** Asked last, of a node that no other cause was found for. */
export const notStreaming: Cause = {
  name: 'not-streaming',
  summary: 'the standby does not stream, for a reason that is not known here',
  judge(node, cluster) {
    const found = broken(node, cluster);
    if (!found) return undefined;
    const server = said(node);
    // While it starts nobody can see whether it streams, and that it starts is said already.
    if (!server && seen(node)?.ready === 'rejecting') return undefined;
    const conninfo = server?.settings['primary_conninfo'] ?? '';
    // One that lives from the archive alone is meant to.
    if (server && conninfo === '' && (server.settings['restore_command'] ?? '') !== '') return undefined;
    const nowhere = server !== undefined && conninfo === '';
    return {
      node: node.node,
      cause: 'not-streaming',
      seriousness: 'degraded',
      certainty: 'possible',
      words: nowhere
        ? 'It is told no primary and no archive: it receives nothing.'
        : `It does not stream from ${found.from.node}: it tries again every few seconds, and may have been seen between two tries.`,
      evidence: [
        { on: node.node, text: 'pg_stat_wal_receiver: not streaming' },
        ...conninfoOf(node),
        ...quotedEach(node, [
          lastOf(thisBoot(node), ['no-wal-source']),
          found.line,
          ...(found.line ? [] : node.lines.slice(-3)),
        ]),
      ],
      first: [],
      book: nowhere ? rejoin(node, cluster) : null,
      byHand: nowhere ? [] : ['ask again in a few seconds'],
      loses: null,
      wait: nowhere ? null : { until: 'it streams', progress: null },
    };
  },
};
