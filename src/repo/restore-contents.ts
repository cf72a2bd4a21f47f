// What a backup holds as a restore needs to know it: how much there is, every path, and the few small files that decide what is written.

import type { ControlFile } from '../postgres/control-file.ts';
import { parseControlFile } from '../postgres/control-file.ts';
import type { Backup, BackupFile } from './backup.ts';
import { backupFiles } from './catalog.ts';
import { readBlock } from './packs.ts';
import type { ClusterRepository } from './repository.ts';
import { controlPath } from './restore-target.ts';

export interface Contents {
  readonly files: number;
  /** Bytes of the data directory without its tablespaces, and of each tablespace by its oid. */
  readonly sizes: ReadonlyMap<string | null, number>;
  /** Every entry, tablespaces' too. */
  readonly paths: ReadonlySet<string>;
  /** Undefined where the backup has none, or one that no server would start with. */
  readonly control: ControlFile | undefined;
  /** Bytes as a server would find them; undefined where there is no such file. */
  readonly conf: string | undefined;
  readonly auto: string | undefined;
  readonly hasLabel: boolean;
  readonly hasTablespaceMap: boolean;
  /** Files are open to the group (initdb --allow-group-access). */
  readonly groupAccess: boolean;
}

/** Reads the list of files once. Throws Damage. */
export async function contentsOf(repo: ClusterRepository, backup: Backup): Promise<Contents> {
  const sizes = new Map<string | null, number>([[null, 0]]);
  const paths = new Set<string>();
  const small = new Map<string, BackupFile>();
  let files = 0;
  for await (const file of backupFiles(repo, backup)) {
    paths.add(file.path);
    if (file.kind !== 'file') continue;
    files += 1;
    const oid = /^pg_tblspc\/(\d+)\//.exec(file.path)?.[1] ?? null;
    sizes.set(oid, (sizes.get(oid) ?? 0) + file.size);
    if (wanted.has(file.path)) small.set(file.path, file);
  }
  const text = async (path: string): Promise<Buffer | undefined> => {
    const file = small.get(path);
    return file && contentOf(repo, backup, file);
  };
  const control = await text(controlPath);
  return {
    files,
    sizes,
    paths,
    control: control && parseControlFile(control),
    conf: (await text('postgresql.conf'))?.toString(),
    auto: (await text('postgresql.auto.conf'))?.toString(),
    hasLabel: small.has('backup_label'),
    hasTablespaceMap: small.has('tablespace_map'),
    groupAccess: ((small.get('PG_VERSION')?.mode ?? 0) & 0o040) !== 0,
  };
}

const wanted = new Set([
  controlPath,
  'postgresql.conf',
  'postgresql.auto.conf',
  'backup_label',
  'tablespace_map',
  'PG_VERSION',
]);

/** The bytes of one of its files. Throws Damage. */
export async function contentOf(repo: ClusterRepository, backup: Backup, file: BackupFile): Promise<Buffer> {
  const blocks: Buffer[] = [];
  for (const block of file.blocks) blocks.push(await readBlock(repo, backup, block, file.path));
  return Buffer.concat(blocks);
}
