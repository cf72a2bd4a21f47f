// The commands about backups and WAL: which there are, and their options.

import type { Command } from 'commander';
import { addBackup } from './commands-backup.ts';
import { addKeep } from './commands-keep.ts';
import { addOptions } from './commands-options.ts';
import { addRehearse } from './commands-rehearse.ts';
import { addRestore } from './commands-restore.ts';
import { addRepository } from './commands-repository.ts';
import { addVerify } from './commands-verify.ts';
import { addWal } from './commands-wal.ts';
import type { Front } from './front.ts';

export type { Front } from './front.ts';

export function addRepoCommands(program: Command, front: Front): void {
  addBackup(program, front);
  addKeep(program, front);
  addOptions(program, front);
  addRehearse(program, front);
  addRestore(program, front);
  addRepository(program, front);
  addVerify(program, front);
  addWal(program, front);
}
