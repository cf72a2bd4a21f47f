// Which backups a cluster has, and what each of them holds.

import { Fault } from '../faults.ts';
import type { Backup, BackupFile } from './backup.ts';
import { decodeBackup } from './backup-codec.ts';
import { type PackedFile, readFileLine, unpacked } from './files-codec.ts';
import type { BackupId } from './layout.ts';
import type { ClusterRepository } from './repository.ts';
import { Damage } from './vault.ts';

export interface Catalog {
  /** Oldest first; failed ones too. */
  readonly backups: readonly Backup[];
  /** Summaries that cannot be read: as long as there is one, nobody knows which packs it names. */
  readonly damaged: readonly { readonly id: BackupId; readonly damage: Damage }[];
}

export async function readCatalog(repo: ClusterRepository): Promise<Catalog> {
  const backups: Backup[] = [];
  const damaged: { id: BackupId; damage: Damage }[] = [];
  for (const id of await summaries(repo)) {
    try {
      const backup = await readBackup(repo, id);
      if (backup !== undefined) backups.push(backup);
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      damaged.push({ id, damage: error });
    }
  }
  return { backups, damaged };
}

/** Oldest first, failed ones too. One whose summary cannot be read is left out: {@link readCatalog} tells. */
export async function listBackups(repo: ClusterRepository): Promise<readonly Backup[]> {
  return (await readCatalog(repo)).backups;
}

/** Undefined where there is none; throws {@link Damage} where its summary is not what was put. */
export async function readBackup(repo: ClusterRepository, id: BackupId): Promise<Backup | undefined> {
  const name = repo.names.summary(id);
  const content = await repo.vault.get(name, 'backup');
  if (content === undefined) return undefined;
  const backup = decodeBackup(content);
  if (backup?.id !== id) throw new Damage(name, 'is no summary of this backup');
  return backup;
}

/** Its entries in the order they came. Throws {@link Damage} where the list is not whole. */
export async function* backupFiles(repo: ClusterRepository, backup: Pick<Backup, 'id'>): AsyncGenerator<BackupFile> {
  for await (const file of packedFiles(repo, backup)) yield unpacked(file);
}

/** The same, the places of the blocks still packed up. */
export async function* packedFiles(repo: ClusterRepository, { id }: Pick<Backup, 'id'>): AsyncGenerator<PackedFile> {
  const name = repo.names.files(id);
  const content = await repo.vault.read(name, 'files');
  if (content === undefined) throw new Damage(name, 'is not there');
  let rest = '';
  let number = 0;
  for await (const line of linesOf(content, left => (rest = left))) {
    number += 1;
    const file = readFileLine(line);
    if (file === undefined) throw new Damage(name, `line ${number} is no entry of a backup`);
    yield file;
  }
  if (rest !== '') throw new Damage(name, 'ends within a line');
}

/** PostgreSQL's own backup_manifest, byte by byte. */
export async function readManifest(repo: ClusterRepository, { id }: Pick<Backup, 'id'>): Promise<Buffer> {
  const name = repo.names.manifest(id);
  const content = await repo.vault.get(name, 'manifest');
  if (content === undefined) throw new Damage(name, 'is not there');
  return content;
}

/** Of those names that bear the backup itself, the ids. */
async function summaries(repo: ClusterRepository): Promise<BackupId[]> {
  const stored = await repo.store.list(repo.names.backups);
  return stored.flatMap(({ name }) => {
    const [id = '', thing, ...more] = name.slice(repo.names.backups.length).split('/');
    return thing === 'backup' && more.length === 0 ? [id] : [];
  });
}

/** Lines without their line feed; what follows the last one goes to `left`. */
async function* linesOf(content: AsyncIterable<Buffer>, left: (rest: string) => void): AsyncGenerator<string> {
  // Cut as bytes: a character of several bytes may lie across two pieces.
  let rest: Buffer[] = [];
  for await (const piece of content) {
    let from = 0;
    for (let to = piece.indexOf(10); to >= 0; to = piece.indexOf(10, from)) {
      yield Buffer.concat([...rest, piece.subarray(from, to)]).toString();
      rest = [];
      from = to + 1;
    }
    if (from < piece.length) rest.push(Buffer.from(piece.subarray(from)));
  }
  left(Buffer.concat(rest).toString());
}

/** The one that is meant by its id, the beginning or the end of it, or `last`. */
export async function findBackup(repo: ClusterRepository, wanted: string): Promise<Backup> {
  const { backups, damaged } = await readCatalog(repo);
  const found =
    wanted === 'last'
      ? backups.slice(-1)
      : backups.filter(({ id }) => id === wanted || id.startsWith(wanted) || id.endsWith(wanted));
  const exact = found.find(({ id }) => id === wanted) ?? (found.length === 1 ? found[0] : undefined);
  if (exact !== undefined) return exact;
  const broken = damaged.find(({ id }) => id === wanted);
  if (broken !== undefined) throw broken.damage;
  throw found.length > 1
    ? new Fault('usage', `"${wanted}" may be any of ${found.map(({ id }) => id).join(', ')}`, {
        hint: 'give more of the id',
      })
    : new Fault('usage', `no backup "${wanted}" of cluster ${repo.cluster} in ${repo.where}`, {
        hint: 'what there is: lifeboat backups',
      });
}
