// A block read back from the packs that its backup names, and proven.

import type { Backup, Block, BlockPlace } from './backup.ts';
import { applyPatch } from './patch.ts';
import type { ClusterRepository } from './repository.ts';
import type { StoreName } from './store.ts';
import { Damage } from './vault.ts';

/** {@link BlockPlace} with the pack's name: before the packs of a backup have numbers. */
export interface PackPlace extends Omit<BlockPlace, 'pack'> {
  readonly pack: StoreName;
}

/** Its raw bytes. `at`: what it belongs to, for messages. Throws {@link Damage} naming the pack. */
export async function readBlock(
  repo: ClusterRepository,
  { packs }: Pick<Backup, 'packs'>,
  { hash, whole, patch }: Block,
  at: string,
): Promise<Buffer> {
  const placed = ({ pack, ...place }: BlockPlace): PackPlace => {
    const name = packs[pack];
    if (name !== undefined) return { pack: name, ...place };
    throw new Damage(repo.names.packs, `${at} lies in pack ${pack}, and the backup names ${packs.length}`);
  };
  if (patch === null) return readFrame(repo, placed(whole), at, hash);
  const [before, change] = await Promise.all([readFrame(repo, placed(whole), at), readFrame(repo, placed(patch), at)]);
  const raw = applyPatch(before, change);
  // Each frame proves its own bytes only: whether the two belong together, the block's hash says.
  if (raw === undefined || !(await repo.works.hash(raw)).equals(hash)) {
    throw new Damage(placed(patch).pack, `does not hold what was kept of ${at}`);
  }
  return raw;
}

/** One frame, opened and proven; where `hash` is given, to be the one that is meant. */
export async function readFrame(
  repo: ClusterRepository,
  { pack, offset, length }: PackPlace,
  at: string,
  hash?: Buffer,
): Promise<Buffer> {
  const frame = await repo.store.getRange(pack, offset, length);
  if (frame === undefined) throw new Damage(pack, `is not there; ${at} lies in it`);
  if (frame.length < length) throw new Damage(pack, `ends before ${at}, which lies at ${offset} to ${offset + length}`);
  return repo.vault.open(frame, 'pack', pack, hash);
}
