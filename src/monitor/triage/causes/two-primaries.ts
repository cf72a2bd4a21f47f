// Two servers take writes: each row written from the fork on is on one of them alone.

import { showLsn } from '../../../postgres/lsn.ts';
import { showBytes } from '../../../time.ts';
import { type Branch, branchEvidence, branchOf } from '../branches.ts';
import type { NodeEvidence } from '../evidence.ts';
import type { Cause, Seen, Toll } from '../finding.ts';
import { lastOfEach, quotedEach } from '../log-story.ts';
import { isPrimary, primaries, reached, said } from '../reading.ts';
import { rejoin, stopOn } from '../remedy.ts';

/** Told of each of them: which one goes on is for a person to say, who knows where the clients write. */
export const twoPrimaries: Cause = {
  name: 'two-primaries',
  summary: 'another node is a primary as well, and the data diverge',
  judge(node, cluster) {
    const all = primaries(cluster);
    const other = all.find(one => one !== node);
    if (!isPrimary(node) || !other) return undefined;
    const branch = branchOf(node, other, cluster);
    const names = all.map(one => one.node);
    return {
      node: node.node,
      cause: 'two-primaries',
      seriousness: 'danger',
      certainty: 'sure',
      words: `${names.join(' and ')} both take writes. ${forkWords(node, other, branch)} Only a person knows which one is meant: stop the other at once. If ${node.node} is the one to give up, the book makes it a standby of ${other.node}.`,
      evidence: [
        ...(branch
          ? branchEvidence([node, other], branch)
          : [node, other].map(one => ({
              on: one.node,
              text: `primary on timeline ${String(said(one)?.timeline)}, up to ${showLsn(reached(one))}`,
            }))),
        ...[node, other].flatMap(clients),
        ...[node, other].flatMap(one => quotedEach(one, lastOfEach(one.lines, ['promote-requested', 'new-timeline']))),
      ],
      first: [stopOn(node)],
      book: rejoin(node, cluster),
      byHand: [],
      loses: branch ? givenUp(node, branch) : null,
      wait: null,
    };
  },
};

/** Where the clients are speaks for a node more than anything else here. */
const clients = ({ node, server }: NodeEvidence): Seen[] =>
  server ? [{ on: node, text: `${String(server.clients)} sessions of clients` }] : [];

function forkWords(node: NodeEvidence, other: NodeEvidence, branch: Branch | undefined): string {
  const [line, line2] = [said(node)?.timeline, said(other)?.timeline];
  if (!branch) {
    return line === line2
      ? `Both are on timeline ${String(line)}, and where they parted cannot be told.`
      : `${node.node} is on timeline ${String(line)}, ${other.node} on ${String(line2)}; where they parted cannot be told.`;
  }
  const { parting, beyond } = branch;
  return `Their ways part on timeline ${String(parting.timeline)} at ${showLsn(parting.at)}; ${node.node}, on timeline ${String(line)}, has written ${showBytes(beyond)} since.`;
}

/** What a node has that the other side does not: gone once it is made to follow. */
export const givenUp = ({ node }: NodeEvidence, { beyond, parting }: Branch): Toll => ({
  is: 'known',
  loss: {
    bytes: beyond,
    time: 'unknown',
    from: [`${node} is ${showBytes(beyond)} past ${showLsn(parting.at)}, where the ways part`],
  },
});
