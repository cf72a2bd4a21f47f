// One block of a file → the place of its bytes: where they lie already, what changed of them, or all of them.

import type { Block } from './backup.ts';
import { PackList } from './pack-list.ts';
import type { PackWriter } from './packs.ts';
import { makePatch } from './patch.ts';
import type { FormerBlock, Previous } from './previous.ts';
import { type PackPlace, readFrame } from './read-block.ts';
import type { ClusterRepository } from './repository.ts';
import { Damage } from './vault.ts';

/** Where so many blocks of a file in a row had changed too much for a patch, the next ones are not read back for one. */
const discouraged = 3;

export class BlockWriter {
  readonly counts = { all: 0, stored: 0, patched: 0, same: 0 };
  readonly #repo: ClusterRepository;
  readonly #packs: PackWriter;
  readonly #previous: Previous | undefined;
  readonly #list = new PackList();
  #rewritten = { path: '', blocks: 0 };

  constructor(repo: ClusterRepository, packs: PackWriter, previous: Previous | undefined) {
    this.#repo = repo;
    this.#packs = packs;
    this.#previous = previous;
  }

  /** Every pack that a block lies in, in the order of the numbers in {@link Block}. */
  get packs(): readonly string[] {
    return this.#list.names;
  }

  /** Several may be under way at once. `raw` is free again when it resolves. */
  async keep(path: string, index: number, raw: Buffer): Promise<Block> {
    const hash = await this.#repo.works.hash(raw);
    const former = this.#previous?.block(path, index);
    this.counts.all += 1;
    if (former?.hash.equals(hash) === true) {
      this.counts.same += 1;
      return this.#block(hash, former.whole, former.patch);
    }
    if (former !== undefined) {
      const change = await this.#change(former, path, raw);
      if (change === 'none') {
        this.counts.same += 1;
        return this.#block(hash, former.whole, null);
      }
      if (change !== undefined) {
        this.counts.patched += 1;
        return this.#block(hash, former.whole, await this.#packs.put(change));
      }
    }
    this.counts.stored += 1;
    return this.#block(hash, await this.#packs.put(raw, hash), null);
  }

  #block(hash: Buffer, whole: PackPlace, patch: PackPlace | null): Block {
    return { hash, whole: this.#list.placed(whole), patch: patch && this.#list.placed(patch) };
  }

  /** Against the earlier whole block, never against a patched one: reading a block back takes two frames at most. `none`: it has become what that was. */
  async #change({ whole }: FormerBlock, path: string, raw: Buffer): Promise<Buffer | 'none' | undefined> {
    if (this.#rewritten.path === path && this.#rewritten.blocks >= discouraged) return undefined;
    try {
      const before = await readFrame(this.#repo, whole, path);
      if (before.equals(raw)) return 'none';
      const patch = makePatch(before, raw);
      const former = this.#rewritten.path === path ? this.#rewritten.blocks : 0;
      this.#rewritten = { path, blocks: patch === undefined ? former + 1 : 0 };
      return patch;
    } catch (error) {
      // What is damaged there is kept anew here, and the backups from now on do without it.
      if (error instanceof Damage) return undefined;
      throw error;
    }
  }
}
