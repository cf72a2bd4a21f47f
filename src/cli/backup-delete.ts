// lifeboat backup delete: one backup less; what others need of it stays.

import { exits, Fault } from '../faults.ts';
import { removedText } from '../report/backup-removed-text.ts';
import { plainData } from '../report/plain-data.ts';
import { findBackup } from '../repo/catalog.ts';
import { removable, removeBackup } from '../repo/remove-backup.ts';
import type { InventoryOptions } from './inventory-file.ts';
import { openForCluster } from './open-repository.ts';
import type { Terminal } from './terminal.ts';

export interface DeleteOptions extends InventoryOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export async function backupDelete(terminal: Terminal, wanted: string, options: DeleteOptions): Promise<number> {
  const { repo } = await openForCluster(terminal, options);
  const backup = await findBackup(repo, wanted);
  // Once it is gone it is gone: what is deleted must have been named, and not be whatever came last.
  if (backup.id !== wanted) {
    throw new Fault('usage', `"${wanted}" is backup ${backup.id}; to delete it takes its whole id`, {
      hint: `lifeboat backup delete ${backup.id}`,
    });
  }
  const found = await removable(repo, backup);
  const freed = options.dryRun === true ? null : await removeBackup(repo, backup);
  if (options.json === true) {
    terminal.out(
      `${JSON.stringify(plainData({ id: backup.id, removed: freed !== null, freed, staying: found.staying }))}\n`,
    );
  } else terminal.out(`${removedText({ ...found, freed }, { width: terminal.width, colour: terminal.colour })}\n`);
  return exits.ok;
}
