// lifeboat backup show: what is known of one backup.

import { exits } from '../faults.ts';
import { backupJson, backupText } from '../report/backup-text.ts';
import { findBackup } from '../repo/catalog.ts';
import { backupRows } from './backups.ts';
import type { InventoryOptions } from './inventory-file.ts';
import { openForCluster } from './open-repository.ts';
import type { Terminal } from './terminal.ts';

export async function backupShow(
  terminal: Terminal,
  wanted: string,
  options: InventoryOptions & { readonly json?: boolean },
): Promise<number> {
  const { repo } = await openForCluster(terminal, options);
  const [row] = await backupRows(repo, [await findBackup(repo, wanted)]);
  if (row === undefined) throw new Error('a row for each backup');
  if (options.json === true) terminal.out(`${JSON.stringify(backupJson(row))}\n`);
  else terminal.out(`${backupText(row, { width: terminal.width, colour: terminal.colour })}\n`);
  return exits.ok;
}
