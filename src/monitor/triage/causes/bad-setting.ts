// The server does not start, or does not replay on, because of a setting.

import type { Cause } from '../finding.ts';
import { lastOfEach, quotedEach } from '../log-story.ts';
import { rejoin, startIfSafe, whenLost } from '../remedy.ts';
import { troubles } from '../trouble.ts';

export const badSetting: Cause = {
  name: 'bad-setting',
  summary: 'a setting keeps PostgreSQL from starting',
  judge(node, cluster) {
    const lines = lastOfEach(troubles(node), ['bad-setting', 'old-recovery-conf', 'parameters-too-small']);
    if (lines.length === 0) return undefined;
    return {
      node: node.node,
      cause: 'bad-setting',
      certainty: 'sure',
      words: 'A setting keeps PostgreSQL from starting; its data are sound.',
      evidence: quotedEach(node, lines),
      ...whenLost(node, cluster, rejoin),
      byHand: [`on ${node.node}: mend the setting that the log names`, ...startIfSafe(node, cluster)],
      wait: null,
    };
  },
};
