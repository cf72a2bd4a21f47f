// The primary has recycled the WAL that the standby needs next.

import type { Cause } from '../finding.ts';
import { quotedEach } from '../log-story.ts';
import { rebuild } from '../remedy.ts';
import { complaint } from '../replication.ts';

export const walRemoved: Cause = {
  name: 'wal-removed',
  summary: 'the primary no longer has the WAL that the standby needs next',
  judge(node, cluster) {
    const found = complaint(node, cluster, ['wal-removed']);
    if (!found) return undefined;
    const { from, line } = found;
    const segment = line.message?.fields['file'] ?? 'the segment that it needs';
    const { archive } = from.site.postgres;
    return {
      node: node.node,
      cause: 'wal-removed',
      seriousness: 'degraded',
      certainty: 'sure',
      words: `${from.node} has removed ${segment}, which ${node.node} needs next. Where an archive still has it, restore_command can bring it; otherwise the standby must be built anew.`,
      evidence: quotedEach(node, [line]),
      first: [],
      book: rebuild(node, cluster),
      byHand:
        archive === undefined
          ? []
          : [`on ${from.node}: ls ${archive}/${segment}; if it is there, let restore_command of ${node.node} fetch it`],
      loses: null,
      wait: null,
    };
  },
};
