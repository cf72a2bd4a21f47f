// From what was seen of a cluster to what ails it: every cause is asked about every node, and the findings are ranked.

import { archiveFailing } from './causes/archive-failing.ts';
import { archiveShortFile } from './causes/archive-short-file.ts';
import { badSetting } from './causes/bad-setting.ts';
import { crashRecovery } from './causes/crash-recovery.ts';
import { dataCorrupt } from './causes/data-corrupt.ts';
import { dataFull } from './causes/data-full.ts';
import { dataLost } from './causes/data-lost.ts';
import { down } from './causes/down.ts';
import { fenced } from './causes/fenced.ts';
import { frozen } from './causes/frozen.ts';
import { hostGone } from './causes/host-gone.ts';
import { killed } from './causes/killed.ts';
import { linkCut } from './causes/link-cut.ts';
import { noPrimary } from './causes/no-primary.ts';
import { notSeen } from './causes/not-seen.ts';
import { notStreaming } from './causes/not-streaming.ts';
import { notAChild, wrongTimeline } from './causes/off-the-way.ts';
import { recoveryTarget } from './causes/recovery-target.ts';
import { notAdmitted, passwordWrong } from './causes/refused.ts';
import { replayPaused } from './causes/replay-paused.ts';
import { runUnfinished } from './causes/run-unfinished.ts';
import { shuttingDown } from './causes/shutting-down.ts';
import { slotLost } from './causes/slot-lost.ts';
import { standbyBehind } from './causes/standby-behind.ts';
import { startingUp } from './causes/starting-up.ts';
import { stopped } from './causes/stopped.ts';
import { syncBlocked } from './causes/sync-blocked.ts';
import { twoPrimaries } from './causes/two-primaries.ts';
import { otherSystem, wrongUpstream } from './causes/upstream.ts';
import { walCorrupt } from './causes/wal-corrupt.ts';
import { walFull } from './causes/wal-full.ts';
import { walRemoved } from './causes/wal-removed.ts';
import { walUnwritable } from './causes/wal-unwritable.ts';
import type { ClusterEvidence, NodeEvidence } from './evidence.ts';
import { type Cause, certainties, type CauseName, type Finding, seriousnesses } from './finding.ts';

/**
 * In groups: a group is asked only where none before it had an answer for the node, for its causes are what the former ones
 * bring about, or a last resort. Within a group all are asked, and the findings ranked.
 */
const groups: readonly (readonly Cause[])[] = [
  [fenced],
  [
    twoPrimaries,
    hostGone,
    notSeen,
    dataLost,
    walFull,
    dataFull,
    walUnwritable,
    walCorrupt,
    dataCorrupt,
    archiveShortFile,
    recoveryTarget,
    badSetting,
    otherSystem,
    wrongTimeline,
    notAChild,
    stopped,
    killed,
    frozen,
    noPrimary,
    replayPaused,
    syncBlocked,
    archiveFailing,
  ],
  [
    slotLost,
    walRemoved,
    passwordWrong,
    notAdmitted,
    linkCut,
    wrongUpstream,
    standbyBehind,
    crashRecovery,
    shuttingDown,
  ],
  [startingUp, notStreaming, down],
];

/** Told whatever else is found. */
const always: readonly Cause[] = [runUnfinished];

/** Every cause there is. */
export const causes: ReadonlyMap<CauseName, Cause> = new Map(
  [...groups.flat(), ...always].map(cause => [cause.name, cause]),
);

/** What ails the cluster, the gravest and surest first; nothing where it is well. */
export function triage(cluster: ClusterEvidence): readonly Finding[] {
  const order = [...causes.keys()];
  const rank = ({ seriousness, certainty, cause }: Finding): number =>
    (seriousnesses.indexOf(seriousness) * certainties.length + certainties.indexOf(certainty)) * order.length +
    order.indexOf(cause);
  return cluster.nodes.flatMap(node => judged(node, cluster)).sort((a, b) => rank(a) - rank(b));
}

function judged(node: NodeEvidence, cluster: ClusterEvidence): Finding[] {
  const ask = (some: readonly Cause[]): Finding[] =>
    some.map(cause => cause.judge(node, cluster)).filter(finding => finding !== undefined);
  const explained = groups.map(ask).find(found => found.length > 0) ?? [];
  return [...explained, ...ask(always)];
}
