// The WAL directory cannot be written to, for want of permission: the fault of the document's first scenario.

import { walDirectory } from '../../../look/installation.ts';
import type { MessageName } from '../../../postgres/messages.ts';
import type { NodeEvidence } from '../evidence.ts';
import type { Cause } from '../finding.ts';
import { lastOfEach, quotedEach } from '../log-story.ts';
import { said, seen } from '../reading.ts';
import { rejoin, shellOn, startIfSafe, whenLost } from '../remedy.ts';
import { troubles } from '../trouble.ts';
import { aboutWal } from './wal-full.ts';

const refused: readonly MessageName[] = [
  'cannot-create-file',
  'cannot-link-file',
  'cannot-write-file',
  'cannot-open-file',
];

export const walUnwritable: Cause = {
  name: 'wal-unwritable',
  summary: 'the WAL directory cannot be written to',
  judge(node, cluster) {
    const survey = seen(node);
    if (survey?.data !== 'full') return undefined;
    const lines = lastOfEach(
      troubles(node).filter(({ text }) => aboutWal.test(text)),
      refused,
    );
    const closed = isClosed(node);
    if (!closed && (lines.length === 0 || survey.walWritable)) return undefined;
    const place = walDirectory(node.site);
    const serves = said(node) !== undefined;
    return {
      node: node.node,
      cause: 'wal-unwritable',
      certainty: lines.length > 0 || serves ? 'sure' : 'likely',
      words: `The WAL directory cannot be written to. ${
        serves
          ? 'PostgreSQL lives on the segments that lie there already, and will end with a PANIC when they are used up.'
          : 'PostgreSQL cannot end its crash recovery, and goes down each time it is started.'
      }`,
      evidence: [
        {
          on: node.node,
          file: place,
          text: node.disks?.wal ? `its access: ${node.disks.wal.access}` : 'it is not there, or cannot be looked into',
        },
        ...quotedEach(node, lines),
        ...quotedEach(node, lastOfEach(troubles(node), ['startup-failed'])),
      ],
      ...(serves ? { seriousness: 'danger', first: [], book: null, loses: null } : whenLost(node, cluster, rejoin)),
      byHand: [shellOn(node, ['chmod', 'u+rwx', place]), ...(serves ? [] : startIfSafe(node, cluster))],
      wait: null,
    };
  },
};

/** By the right of its owner, as PostgreSQL has it; whoever logs in over SSH may be another and have fewer. */
function isClosed(node: NodeEvidence): boolean {
  const survey = seen(node);
  if (survey === undefined || survey.walWritable) return false;
  const access = node.disks?.wal?.access;
  return access === undefined ? said(node) === undefined : access[2] !== 'w' || access[3] === '-';
}
