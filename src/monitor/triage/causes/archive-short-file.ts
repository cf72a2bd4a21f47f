// restore_command brings a segment that was cut short when its archiver was killed: recovery ends there, also that of a promotion.

import type { Cause } from '../finding.ts';
import { lastOfEach, quotedEach } from '../log-story.ts';
import { rejoin, startIfSafe, whenLost } from '../remedy.ts';
import { troubles } from '../trouble.ts';

export const archiveShortFile: Cause = {
  name: 'archive-short-file',
  summary: 'the archive holds a segment that was cut short, and recovery ends at it',
  judge(node, cluster) {
    const lines = lastOfEach(troubles(node), ['wrong-size']);
    const [line] = lines;
    if (!line) return undefined;
    const file = line.message?.fields['file'] ?? 'FILE';
    const { archive, data } = node.site.postgres;
    return {
      node: node.node,
      cause: 'archive-short-file',
      certainty: 'sure',
      words: `The archive holds a short copy of ${file}, and restore_command brings it: PostgreSQL ends its recovery with FATAL. Its data are sound.`,
      evidence: [...quotedEach(node, lines), ...quotedEach(node, lastOfEach(troubles(node), ['startup-failed']))],
      ...whenLost(node, cluster, rejoin),
      byHand: [
        `on ${node.node}: move ${archive === undefined ? `${file} in the archive` : `${archive}/${file}`} aside, or add a line restore_command = '' to ${data}/postgresql.auto.conf`,
        ...startIfSafe(node, cluster),
      ],
      wait: null,
    };
  },
};
