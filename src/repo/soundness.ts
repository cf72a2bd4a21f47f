// Whether what a restore needs can be read back: read before anything is stopped where that takes seconds, else by the last proof.

import { bytes, type Bytes, showBytes } from '../time.ts';
import type { Backup } from './backup.ts';
import { backupFiles } from './catalog.ts';
import type { Chosen } from './choose.ts';
import { Damage } from './damage.ts';
import { inOrder } from './in-order.ts';
import { readBlock } from './packs.ts';
import { readProof } from './proof.ts';
import type { ClusterRepository } from './repository.ts';
import { showMoment } from './target.ts';
import { readPartial, readSegment } from './wal-catalog.ts';

export interface Soundness {
  readonly ok: boolean;
  /** What was read, or what was found: a sentence for a person. */
  readonly what: string;
}

/** Some seconds' worth. More would keep an operator waiting who is in a hurry. */
export const readAtOnce: Bytes = bytes(4 * 1024 ** 3);
const width = 8;

/**
 * Damage is what it returns, never what it throws.
 *
 * @param read backups and whole segments that were read before by the same process: a target that is looked at again when servers
 *   are down, with one more segment, must not have them wait until all is read once more
 */
export async function soundness(repo: ClusterRepository, chosen: Chosen, read = new Set<string>()): Promise<Soundness> {
  const { backup, segments } = chosen;
  const size = bytes(backup.size + segments.length * backup.segmentSize);
  if (size > readAtOnce) return byProof(repo, chosen);
  try {
    const unread = segments.filter(({ name, partial }) => partial || !read.has(name));
    for await (const _read of inOrder(unread, width, segment => readWal(repo, segment)));
    for (const { name, partial } of unread) if (!partial) read.add(name);
    if (!read.has(backup.id)) await readFiles(repo, backup);
    read.add(backup.id);
    return { ok: true, what: `all ${showBytes(size)} of it were read` };
  } catch (error) {
    if (error instanceof Damage) return { ok: false, what: error.message };
    throw error;
  }
}

async function readFiles(repo: ClusterRepository, backup: Backup): Promise<void> {
  for await (const _read of inOrder(backupFiles(repo, backup), width, async file => {
    for (const block of file.blocks) await readBlock(repo, backup, block, file.path);
  }));
}

async function readWal(repo: ClusterRepository, { name, partial }: Chosen['segments'][number]): Promise<void> {
  const found = (partial ? await readPartial(repo, name) : undefined) ?? (await readSegment(repo, name));
  if (found === undefined) throw new Damage(repo.names.segment(name), 'is not there');
}

async function byProof(repo: ClusterRepository, { backup: { id, size } }: Chosen): Promise<Soundness> {
  const proof = await readProof(repo, id);
  if (proof === undefined)
    return { ok: true, what: `${showBytes(size)} are too much to be read now, and nobody ever has: lifeboat verify` };
  return { ok: proof.ok, what: `at ${showMoment(proof.at)}: ${proof.what}` };
}
