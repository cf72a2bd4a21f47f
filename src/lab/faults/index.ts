// The list of faults: adding one is one file and one line here.

import type { AnyLabFault } from './fault.ts';
import { archiveLost } from './archive-lost.ts';
import { crashRecovery } from './crash-recovery.ts';
import { dataCorrupt } from './data-corrupt.ts';
import { dataLost } from './data-lost.ts';
import { frozen } from './frozen.ts';
import { hostGone } from './host-gone.ts';
import { killed } from './killed.ts';
import { linkCut } from './link-cut.ts';
import { notAChild } from './not-a-child.ts';
import { passwordWrong } from './password-wrong.ts';
import { replayPaused } from './replay-paused.ts';
import { siteLost } from './site-lost.ts';
import { slotLost } from './slot-lost.ts';
import { standbyBehind } from './standby-behind.ts';
import { stopped } from './stopped.ts';
import { tableTruncated } from './table-truncated.ts';
import { twoPrimaries } from './two-primaries.ts';
import { walCorrupt } from './wal-corrupt.ts';
import { walFull } from './wal-full.ts';
import { walRemoved } from './wal-removed.ts';
import { walUnwritable } from './wal-unwritable.ts';
import { wrongTimeline } from './wrong-timeline.ts';

const list: readonly AnyLabFault[] = [
  // A server, or all of its host.
  stopped,
  walUnwritable,
  walFull,
  walCorrupt,
  dataCorrupt,
  dataLost,
  archiveLost,
  siteLost,
  killed,
  crashRecovery,
  frozen,
  hostGone,
  // Replication.
  twoPrimaries,
  wrongTimeline,
  notAChild,
  slotLost,
  walRemoved,
  passwordWrong,
  linkCut,
  replayPaused,
  standbyBehind,
  // An operator.
  tableTruncated,
];

export const faults: ReadonlyMap<string, AnyLabFault> = new Map(list.map(fault => [fault.name, fault]));
