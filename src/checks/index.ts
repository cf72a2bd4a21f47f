// The list of checks.

import type { AnyCheckKind, Checks } from '../look/check.ts';
import { archiving } from './archiving.ts';
import { backupWhole } from './backup-whole.ts';
import { canRejoin } from './can-rejoin.ts';
import { fenced } from './fenced.ts';
import { notFenced } from './not-fenced.ts';
import { slot } from './slot.ts';
import { shutdownReceived } from './shutdown-received.ts';
import { caughtUp } from './caught-up.ts';
import { commitsFlow } from './commits-flow.ts';
import { dumpFits } from './dump-fits.ts';
import { dumpWhole } from './dump-whole.ts';
import { follows } from './follows.ts';
import { log } from './log.ts';
import { mostAdvanced } from './most-advanced.ts';
import { noBackupRunning } from './no-backup-running.ts';
import { noRecoveryTarget } from './no-recovery-target.ts';
import { noIdleSlots } from './no-idle-slots.ts';
import { noLongTransactions } from './no-long-transactions.ts';
import { path } from './path.ts';
import { reachable } from './reachable.ts';
import { reachableTarget } from './reachable-target.ts';
import { programs } from './programs.ts';
import { ready } from './ready.ts';
import { replayLag } from './replay-lag.ts';
import { replaying } from './replaying.ts';
import { repository } from './repository.ts';
import { restorable } from './restorable.ts';
import { restored } from './restored.ts';
import { role } from './role.ts';
import { roomForStandby } from './room-for-standby.ts';
import { sameRows } from './same-rows.ts';
import { sameSystem } from './same-system.ts';
import { setting } from './setting.ts';
import { sql } from './sql.ts';
import { standbySettings } from './standby-settings.ts';
import { stopped } from './stopped.ts';
import { streaming } from './streaming.ts';
import { table } from './table.ts';
import { timeline } from './timeline.ts';
import { walLevel } from './wal-level.ts';
import { walRescued } from './wal-rescued.ts';
import { writable } from './writable.ts';

const all: readonly AnyCheckKind[] = [
  archiving,
  backupWhole,
  canRejoin,
  fenced,
  notFenced,
  slot,
  shutdownReceived,
  caughtUp,
  commitsFlow,
  dumpFits,
  dumpWhole,
  follows,
  log,
  mostAdvanced,
  noBackupRunning,
  noIdleSlots,
  noLongTransactions,
  noRecoveryTarget,
  path,
  reachable,
  reachableTarget,
  programs,
  ready,
  replaying,
  replayLag,
  repository,
  restorable,
  restored,
  role,
  roomForStandby,
  sameRows,
  sameSystem,
  setting,
  sql,
  standbySettings,
  stopped,
  streaming,
  table,
  timeline,
  walLevel,
  walRescued,
  writable,
];

export const checks: Checks = new Map(all.map(kind => [kind.name, kind]));
