// Packs: the blocks of a backup one behind the other in things of about 64 MiB; one is on its way to the disk while the next is filled.

import type { BackupId } from './layout.ts';
import { Pouring } from './pouring.ts';
import type { PackPlace } from './read-block.ts';
import type { ClusterRepository } from './repository.ts';
import type { StoreName } from './store.ts';

export { readBlock } from './read-block.ts';

/** No more blocks go into a pack that is as long as this. */
export const packSize = 64 * 1024 * 1024;
/** How many packs may be on their way to the disk at once: the fsync of one goes on while the next is filled. */
const atOnce = 3;

interface Pack {
  readonly name: StoreName;
  readonly pouring: Pouring;
  size: number;
  /** Blocks that are being compressed for it: a frame is bound to the name of its pack. */
  expected: number;
  full: boolean;
}

/** Writes the packs of one backup. After {@link finish} all of them survive a power cut; after {@link halt} and {@link remove} none is left. */
export class PackWriter {
  readonly #repo: ClusterRepository;
  readonly #id: BackupId;
  readonly #size: number;
  readonly #all: Pack[] = [];
  readonly #landing = new Set<Promise<void>>();
  #filling: Pack | undefined;
  #bytes = 0;
  #halted: { readonly why: unknown } | undefined;

  constructor(repo: ClusterRepository, id: BackupId, size = packSize) {
    this.#repo = repo;
    this.#id = id;
    this.#size = size;
  }

  /** What was given to the store so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Compresses, seals and appends; several may be under way. Resolves with the place when it is written, though not yet durable, and `raw` is free again;
   * rejects with what the store failed with. `hash`: of `raw`, where it is known.
   */
  async put(raw: Buffer, hash?: Buffer): Promise<PackPlace> {
    if (this.#halted !== undefined) throw this.#halted.why;
    const pack = (this.#filling ??= this.#begin());
    pack.expected += 1;
    const frame = await this.#repo.vault.sealed(raw, 'pack', pack.name, hash);
    const offset = pack.size;
    const pushed = this.#push(pack, frame);
    const place = { pack: pack.name, offset, length: pack.size - offset };
    pack.expected -= 1;
    if (pack.size >= this.#size) this.#fill(pack);
    if (pack.full && pack.expected === 0) pack.pouring.close();
    await pushed;
    while (this.#landing.size > atOnce) await Promise.race(this.#landing);
    return place;
  }

  /** Nothing may be under way any more. All packs are durable when it resolves. */
  async finish(): Promise<void> {
    if (this.#filling !== undefined) {
      this.#filling.pouring.close();
      this.#fill(this.#filling);
    }
    for (const { pouring } of this.#all) await pouring.finished();
  }

  /** Whatever is under way fails with `why`, and nothing more is begun. */
  async halt(why: unknown): Promise<void> {
    this.#halted ??= { why };
    await Promise.all(this.#all.map(({ pouring }) => pouring.abort(why)));
  }

  /** After {@link halt}: removes what was put already, as far as the store lets us; what stays is cleared by the next run. */
  async remove(): Promise<void> {
    for (const { name } of this.#all) await this.#repo.store.remove(name).catch(() => undefined);
  }

  #begin(): Pack {
    const name = this.#repo.names.pack(this.#id, this.#all.length);
    const pouring = new Pouring(content => this.#repo.store.put(name, content));
    const pack: Pack = { name, pouring, size: 0, expected: 0, full: false };
    this.#all.push(pack);
    const landing = pouring.over.then(() => void this.#landing.delete(landing));
    this.#landing.add(landing);
    void this.#push(pack, [this.#repo.vault.header('pack', name)]).catch(() => undefined);
    return pack;
  }

  #push(pack: Pack, parts: readonly Uint8Array[]): Promise<void> {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    pack.size += length;
    this.#bytes += length;
    return pack.pouring.push(...parts);
  }

  /** The next block goes into another one. */
  #fill(pack: Pack): void {
    pack.full = true;
    if (this.#filling === pack) this.#filling = undefined;
  }
}
