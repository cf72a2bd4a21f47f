// The files of a backup put together again from the repository, without Lifeboat's own restore.

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Backup } from '../../src/repo/backup.ts';
import { backupFiles, readManifest } from '../../src/repo/catalog.ts';
import { readBlock } from '../../src/repo/packs.ts';
import type { ClusterRepository } from '../../src/repo/repository.ts';

/** Contents by path: in latin1 where the name is not UTF-8. */
export async function contentsOf(repo: ClusterRepository, backup: Backup): Promise<Map<string, Buffer>> {
  const contents = new Map<string, Buffer>();
  for await (const { path, kind, blocks } of backupFiles(repo, backup)) {
    if (kind !== 'file') continue;
    const read = await Promise.all(
      blocks.map((block, index) => readBlock(repo, backup, block, `${path} block ${index}`)),
    );
    contents.set(path, Buffer.concat(read));
  }
  return contents;
}

/** A data directory with PostgreSQL's backup_manifest in it; tablespaces lie below pg_tblspc themselves. */
export async function reassemble(repo: ClusterRepository, backup: Backup, into: string): Promise<void> {
  mkdirSync(into, { recursive: true, mode: 0o700 });
  for await (const { path, encoded, kind, target, mode, blocks } of backupFiles(repo, backup)) {
    const place = encoded ? Buffer.concat([Buffer.from(`${into}/`), Buffer.from(path, 'latin1')]) : join(into, path);
    if (kind === 'directory') mkdirSync(place, { recursive: true, mode });
    else if (kind === 'link') {
      // The link of a tablespace, whose files came before it.
      if (!/^pg_tblspc\/\d+$/.test(path)) symlinkSync(target ?? '', place);
    } else {
      mkdirSync(dirname(place.toString()), { recursive: true });
      const read = await Promise.all(
        blocks.map((block, index) => readBlock(repo, backup, block, `${path} block ${index}`)),
      );
      writeFileSync(place, Buffer.concat(read), { mode });
    }
  }
  writeFileSync(join(into, 'backup_manifest'), await readManifest(repo, backup));
}
