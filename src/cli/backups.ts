// lifeboat backups: which there are, newest last, and how far each of them can go.

import { exits } from '../faults.ts';
import type { BackupRow } from '../report/backups-data.ts';
import { backupsJson, backupsText } from '../report/backups-text.ts';
import type { Backup } from '../repo/backup.ts';
import { readCatalog } from '../repo/catalog.ts';
import { readProof } from '../repo/proof.ts';
import { reachOf } from '../repo/reach.ts';
import type { ClusterRepository } from '../repo/repository.ts';
import { walKept } from '../repo/wal-catalog.ts';
import type { InventoryOptions } from './inventory-file.ts';
import { openForCluster } from './open-repository.ts';
import type { Terminal } from './terminal.ts';

export async function backups(
  terminal: Terminal,
  options: InventoryOptions & { readonly json?: boolean },
): Promise<number> {
  const { cluster, repo } = await openForCluster(terminal, options);
  const { backups: all, damaged } = await readCatalog(repo);
  const found = {
    cluster: cluster.name,
    repository: repo.where,
    backups: await backupRows(repo, all),
    damaged: damaged.map(({ id, damage }) => ({ id, why: damage.message })),
  };
  if (options.json === true) terminal.out(`${JSON.stringify(backupsJson(found))}\n`);
  else terminal.out(`${backupsText(found, { width: terminal.width, colour: terminal.colour })}\n`);
  return exits.ok;
}

/** With what the WAL and the keeps of the repository say of them. */
export async function backupRows(repo: ClusterRepository, all: readonly Backup[]): Promise<BackupRow[]> {
  const [wal, keeps] = await Promise.all([walKept(repo), repo.store.list(repo.names.keeps)]);
  const kept = new Set(keeps.map(({ name }) => name));
  return Promise.all(
    all.map(async backup => ({
      backup,
      reaches: reachOf(backup, wal),
      kept: kept.has(repo.names.kept(backup.id)),
      proof: (await readProof(repo, backup.id)) ?? null,
    })),
  );
}
