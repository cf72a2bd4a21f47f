// lifeboat backup files: every entry of one backup, a line each, as they come.

import { exits } from '../faults.ts';
import { backupFileLine } from '../report/backup-files-text.ts';
import { findBackup, packedFiles } from '../repo/catalog.ts';
import type { InventoryOptions } from './inventory-file.ts';
import { openForCluster } from './open-repository.ts';
import type { Terminal } from './terminal.ts';

export async function backupFilesOf(
  terminal: Terminal,
  wanted: string,
  options: InventoryOptions & { readonly json?: boolean },
): Promise<number> {
  const { repo } = await openForCluster(terminal, options);
  const backup = await findBackup(repo, wanted);
  for await (const { records: _, ...file } of packedFiles(repo, backup)) {
    terminal.out(options.json === true ? `${JSON.stringify(file)}\n` : `${backupFileLine(file)}\n`);
  }
  return exits.ok;
}
