// lifeboat keep and release: a backup that stays whatever the retention says, and the end of that.

import { exits } from '../faults.ts';
import { plainData } from '../report/plain-data.ts';
import { findBackup } from '../repo/catalog.ts';
import { keepBackup, releaseBackup } from '../repo/keep.ts';
import type { InventoryOptions } from './inventory-file.ts';
import { openForCluster } from './open-repository.ts';
import type { Terminal } from './terminal.ts';
import { walOwner } from './wal-repository.ts';

export interface KeepOptions extends InventoryOptions {
  readonly reason?: string;
  readonly json?: boolean;
}

export async function keep(terminal: Terminal, wanted: string, options: KeepOptions): Promise<number> {
  const { repo } = await openForCluster(terminal, options);
  const backup = await findBackup(repo, wanted);
  const kept = await keepBackup(repo, backup, { reason: options.reason ?? '', by: walOwner() });
  const why = kept.reason === '' ? '' : `: ${kept.reason}`;
  if (options.json === true) terminal.out(`${JSON.stringify(plainData(kept))}\n`);
  else
    terminal.out(`backup ${backup.id} is kept, with all WAL from it on, until: lifeboat release ${backup.id}${why}\n`);
  return exits.ok;
}

export async function release(terminal: Terminal, wanted: string, options: KeepOptions): Promise<number> {
  const { repo } = await openForCluster(terminal, options);
  const backup = await findBackup(repo, wanted);
  const was = await releaseBackup(repo, backup);
  if (options.json === true) terminal.out(`${JSON.stringify({ id: backup.id, released: was })}\n`);
  else
    terminal.out(`backup ${backup.id} ${was ? 'stays as long as the retention says' : 'was not marked to be kept'}\n`);
  return exits.ok;
}
