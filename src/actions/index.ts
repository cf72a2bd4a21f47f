// The list of actions.

import type { Actions, AnyAction } from './action.ts';
import { armArchive } from './arm-archive.ts';
import { clearTargets } from './clear-targets.ts';
import { command } from './command.ts';
import { confirm } from './confirm.ts';
import { fence } from './fence.ts';
import { rejoin } from './rejoin.ts';
import { hook } from './hook.ts';
import { stepDown } from './step-down.ts';
import { baseBackup } from './base-backup.ts';
import { copyTable } from './copy-table.ts';
import { createSlots } from './create-slots.ts';
import { dropSlots } from './drop-slots.ts';
import { dump } from './dump.ts';
import { restoreDump } from './restore-dump.ts';
import { loadTable } from './load-table.ts';
import { moveAside } from './move-aside.ts';
import { note } from './note.ts';
import { promote } from './promote.ts';
import { proveWritable } from './prove-writable.ts';
import { recover } from './recover.ts';
import { rescueWal } from './rescue-wal.ts';
import { restore } from './restore.ts';
import { restoreBeside } from './restore-beside.ts';
import { restoreCommand } from './restore-command.ts';
import { salvageWal } from './salvage-wal.ts';
import { sql } from './sql.ts';
import { start } from './start.ts';
import { stop } from './stop.ts';
import { synchronousStandbys } from './synchronous-standbys.ts';
import { wait } from './wait.ts';

const all: readonly AnyAction[] = [
  armArchive,
  clearTargets,
  command,
  confirm,
  fence,
  rejoin,
  hook,
  stepDown,
  baseBackup,
  copyTable,
  createSlots,
  dropSlots,
  dump,
  restoreDump,
  loadTable,
  moveAside,
  note,
  promote,
  proveWritable,
  recover,
  rescueWal,
  restore,
  restoreBeside,
  restoreCommand,
  salvageWal,
  sql,
  start,
  stop,
  synchronousStandbys,
  wait,
];

export const actions: Actions = new Map(all.map(one => [one.name, one]));
