// A restore that did not end as a primary: the target was not reached, or nobody said what to do there.

import type { Cause } from '../finding.ts';
import { lastOf, lastOfEach, quotedEach, thisBoot } from '../log-story.ts';
import { said, seen } from '../reading.ts';
import { startOn } from '../remedy.ts';

const ends = ['shutdown-at-target', 'target-not-reached', 'target-before-consistency', 'wal-ends-too-early'] as const;

const advice: Readonly<Record<string, string>> = {
  'shutdown-at-target': "set recovery_target_action = 'promote' if the data are those wanted, and start it again",
  'target-not-reached':
    'WAL ended before the target: bring the missing segments into the archive, or set an earlier target',
  'target-before-consistency': 'the target lies before the end of this backup: restore an older backup',
  'wal-ends-too-early':
    'the WAL that makes this backup consistent is missing: bring it into the archive, from the start of the backup on',
};

export const recoveryTarget: Cause = {
  name: 'recovery-target',
  summary: 'a point-in-time recovery did not end as a primary',
  judge(node) {
    if (!seen(node) || said(node)) return undefined;
    const lines = lastOfEach(thisBoot(node), ends);
    const last = lastOf(lines, ends);
    if (!last) return undefined;
    return {
      node: node.node,
      cause: 'recovery-target',
      seriousness: 'outage',
      certainty: 'sure',
      words: `A point-in-time recovery ended without a server: ${advice[last.message?.name ?? ''] ?? ''}.`,
      evidence: quotedEach(node, [...lastOfEach(thisBoot(node), ['pitr-starts', 'recovery-stopping']), ...lines]),
      first: [],
      book: null,
      byHand: [startOn(node)],
      loses: null,
      wait: null,
    };
  },
};
