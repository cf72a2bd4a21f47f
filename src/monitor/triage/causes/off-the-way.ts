// A standby on a branch that its primary never was on, or left: nothing that it can be sent fits behind what it has.

import type { MessageName } from '../../../postgres/messages.ts';
import { showLsn } from '../../../postgres/lsn.ts';
import { showBytes } from '../../../time.ts';
import { type Branch, branchEvidence, branchOf, wayOf } from '../branches.ts';
import type { ClusterEvidence, LogLine, NodeEvidence } from '../evidence.ts';
import type { Cause, CauseName, Finding } from '../finding.ts';
import { lastOf, quotedEach, thisBoot } from '../log-story.ts';
import { isDown, isStandby, primaryOf, said, seen } from '../reading.ts';
import { rejoin } from '../remedy.ts';
import { broken } from '../replication.ts';
import { givenUp } from './two-primaries.ts';

const told: readonly MessageName[] = ['not-a-child', 'forked-off-before', 'not-in-history', 'primary-behind'];
/** What PostgreSQL notes in a history file at the end of a point-in-time recovery (xlogrecovery.c, getRecoveryStopReason). */
const stop = /^(before|after|at restore point|reached consistency)/;

export const wrongTimeline: Cause = {
  name: 'wrong-timeline',
  summary: 'the primary was taken back in time, and this standby still has what was undone',
  judge(node, cluster) {
    const off = offTheWay(node, cluster);
    if (!off?.back) return undefined;
    return finding(
      'wrong-timeline',
      node,
      cluster,
      off,
      `${off.primary.node} was taken back to an earlier moment (${off.branch?.reason ?? 'point-in-time recovery'}) and goes on from there. ${node.node} stands on the former timeline, beyond the fork, and shows what was undone.`,
    );
  },
};

export const notAChild: Cause = {
  name: 'not-a-child',
  summary: 'the standby stands on a timeline that its primary did not come along',
  judge(node, cluster) {
    const off = offTheWay(node, cluster);
    if (!off || off.back) return undefined;
    return finding(
      'not-a-child',
      node,
      cluster,
      off,
      `${node.node} stands on a branch that ${off.primary.node} did not come along: it was promoted once by mistake, or was ahead when the other one was promoted. It cannot follow as it is.`,
    );
  },
};

interface Off {
  readonly primary: NodeEvidence;
  readonly branch: Branch | undefined;
  readonly line: LogLine | undefined;
  /** The fork is that of a point-in-time recovery of the primary. */
  readonly back: boolean;
}

/** By the histories where they are at hand; else by what its log says last. */
function offTheWay(node: NodeEvidence, cluster: ClusterEvidence): Off | undefined {
  const primary = primaryOf(cluster);
  if (!primary || primary === node) return undefined;
  const line = lastOf(thisBoot(node), told);
  const branch = isStandby(node) ? branchOf(node, primary, cluster) : undefined;
  if (branch && !branch.follows) return { primary, branch, line, back: wentBack(branch, primary, cluster) };
  const complains = broken(node, cluster)?.line;
  const silentStandby = isDown(node) && seen(node)?.standbySignal === true;
  if (line === undefined || branch?.follows === true || (complains !== line && !silentStandby)) return undefined;
  return { primary, branch: undefined, line, back: false };
}

function wentBack({ parting, reason }: Branch, primary: NodeEvidence, cluster: ClusterEvidence): boolean {
  const left = wayOf(primary, cluster)?.ancestors.some(
    one => one.timeline === parting.timeline && one.end === parting.at,
  );
  return left === true && reason !== undefined && stop.test(reason);
}

function finding(cause: CauseName, node: NodeEvidence, cluster: ClusterEvidence, off: Off, words: string): Finding {
  const { primary, branch, line } = off;
  const fork = branch
    ? ` Their ways part on timeline ${String(branch.parting.timeline)} at ${showLsn(branch.parting.at)}; ${node.node} is ${showBytes(branch.beyond)} beyond it, on timeline ${String(said(node)?.timeline)}.`
    : '';
  return {
    node: node.node,
    cause,
    seriousness: 'degraded',
    certainty: branch ? 'sure' : 'likely',
    words: `${words}${fork}`,
    evidence: [...quotedEach(node, [line]), ...(branch ? branchEvidence([node, primary], branch) : [])],
    first: [],
    book: rejoin(node, cluster),
    byHand: [],
    loses: branch ? givenUp(node, branch) : null,
    wait: null,
  };
}
