// What the backups say of their packs: where each block begins and what it must be; as much of it at once as memory has room for.

import type { Backup, Block, BlockPlace } from './backup.ts';
import { readRecord, recordCount } from './block-record.ts';
import { packedFiles } from './catalog.ts';
import { Damage } from './damage.ts';
import type { PackPlace } from './read-block.ts';
import type { ClusterRepository } from './repository.ts';
import type { StoreName } from './store.ts';

/** A frame that is referred to. */
export interface PackRef {
  readonly offset: number;
  readonly length: number;
  /** Of the raw bytes; null where a patch only builds on it, or it is the patch. */
  readonly hash: Buffer | null;
  /** It is a patch: of which whole block, and the hash of what comes out. */
  readonly patch: { readonly whole: PackPlace; readonly hash: Buffer } | null;
}

/** Some 250 bytes each. */
const atOnce = 200_000;

/**
 * What lies in those of `packs` that fit, each in the order of the places; the others are for another round. Lists that
 * cannot be read go to `broken`, and what they said before that counts.
 */
export async function packRefs(
  repo: ClusterRepository,
  backups: readonly Backup[],
  packs: ReadonlySet<StoreName>,
  broken: (backup: Backup, damage: Damage) => void,
  limit = atOnce,
): Promise<ReadonlyMap<StoreName, readonly PackRef[]>> {
  const gathering = new Gathering(packs, limit);
  for (const backup of backups) {
    try {
      for await (const { records, path } of packedFiles(repo, backup)) {
        for (let index = 0; index < recordCount(records); index += 1)
          gathering.add(repo, backup, readRecord(records, index), path);
      }
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      broken(backup, error);
    }
  }
  return gathering.done();
}

class Gathering {
  readonly #found = new Map<StoreName, Map<number, PackRef[]>>();
  readonly #inOrder: StoreName[];
  readonly #limit: number;
  #count = 0;

  constructor(packs: ReadonlySet<StoreName>, limit: number) {
    // A pack in which nothing lies that anybody refers to has its turn too.
    for (const pack of packs) this.#found.set(pack, new Map());
    this.#inOrder = [...packs].sort();
    this.#limit = limit;
  }

  done(): ReadonlyMap<StoreName, readonly PackRef[]> {
    const inPlace = (refs: Map<number, PackRef[]>): PackRef[] => [...refs.values()].flat();
    return new Map(
      [...this.#found].map(([pack, refs]) => [pack, inPlace(refs).sort((a, b) => a.offset - b.offset)] as const),
    );
  }

  add(repo: ClusterRepository, { id, packs }: Backup, { hash, whole, patch }: Block, path: string): void {
    const placed = ({ pack, ...place }: BlockPlace): PackPlace => {
      const name = packs[pack];
      if (name !== undefined) return { pack: name, ...place };
      throw new Damage(repo.names.files(id), `${path} lies in pack ${pack}, and the backup names ${packs.length}`);
    };
    const base = placed(whole);
    this.#put(base, patch === null ? hash : null, null);
    if (patch !== null) this.#put(placed(patch), null, { whole: base, hash });
  }

  #put({ pack, offset, length }: PackPlace, hash: Buffer | null, patch: PackRef['patch']): void {
    const refs = this.#found.get(pack);
    if (refs === undefined) return;
    const there = refs.get(offset) ?? [];
    const isSame = (one: PackRef): boolean =>
      one.length === length && (hash === null || (one.hash?.equals(hash) ?? false)) && samePatch(one.patch, patch);
    if (there.some(isSame)) return;
    // A copy: the hash is a part of a whole line of the list, which would stay in memory with it.
    const kept = patch && { whole: patch.whole, hash: Buffer.from(patch.hash) };
    refs.set(offset, [...there, { offset, length, hash: hash && Buffer.from(hash), patch: kept }]);
    this.#count += 1;
    while (this.#count > this.#limit && this.#found.size > 1) this.#putOff();
  }

  /** The last pack there is goes to another round. */
  #putOff(): void {
    const last = this.#inOrder.pop() ?? '';
    for (const refs of this.#found.get(last)?.values() ?? []) this.#count -= refs.length;
    this.#found.delete(last);
  }
}

const samePatch = (one: PackRef['patch'], other: PackRef['patch']): boolean =>
  one === null || other === null
    ? one === other
    : one.hash.equals(other.hash) && one.whole.pack === other.whole.pack && one.whole.offset === other.whole.offset;
