// The blocks of the cluster's previous backup: what is the same at the same place is not stored again.

import type { Backup, BlockPlace } from './backup.ts';
import { readRecord, recordCount } from './block-record.ts';
import { packedFiles, readBackup } from './catalog.ts';
import type { BackupId } from './layout.ts';
import type { PackPlace } from './read-block.ts';
import type { ClusterRepository } from './repository.ts';
import type { StoreName } from './store.ts';
import { Damage } from './vault.ts';

/** A block of the previous backup, its packs by name. */
export interface FormerBlock {
  readonly hash: Buffer;
  readonly whole: PackPlace;
  readonly patch: PackPlace | null;
}

export class Previous {
  readonly backup: Backup;
  readonly #records: ReadonlyMap<string, Buffer>;
  readonly #sizes: ReadonlyMap<StoreName, number>;

  /** `records`: of each path; `sizes`: of the packs that are there. */
  constructor(backup: Backup, records: ReadonlyMap<string, Buffer>, sizes: ReadonlyMap<StoreName, number>) {
    this.backup = backup;
    this.#records = records;
    this.#sizes = sizes;
  }

  /** Undefined where it had none there, or where its pack is gone or cut short: what is not there must not be referred to. */
  block(path: string, index: number): FormerBlock | undefined {
    const records = this.#records.get(path);
    if (records === undefined || index >= recordCount(records)) return undefined;
    const { hash, whole, patch } = readRecord(records, index);
    const [former, changed] = [this.#place(whole), patch === null ? null : this.#place(patch)];
    return former === undefined || changed === undefined ? undefined : { hash, whole: former, patch: changed };
  }

  #place({ pack, offset, length }: BlockPlace): PackPlace | undefined {
    const name = this.backup.packs[pack] ?? '';
    return offset + length <= (this.#sizes.get(name) ?? 0) ? { pack: name, offset, length } : undefined;
  }
}

/** Undefined where it is gone meanwhile, or where its list of files cannot be read: `unreadable` is told why, and all is stored anew. */
export async function loadPrevious(
  repo: ClusterRepository,
  id: BackupId,
  unreadable: (why: string) => void,
): Promise<Previous | undefined> {
  try {
    const backup = await readBackup(repo, id);
    if (backup === undefined) return undefined;
    const records = new Map<string, Buffer>();
    for await (const file of packedFiles(repo, backup)) {
      if (file.records.length > 0) records.set(file.path, file.records);
    }
    const packs = await repo.store.list(repo.names.packs);
    return new Previous(backup, records, new Map(packs.map(({ name, size }) => [name, size])));
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
    unreadable(error.message);
    return undefined;
  }
}
