// What takes long when a repository is verified: its packs and its WAL, read to their ends.

import { bytes, type Bytes } from '../time.ts';
import { inOrder } from './in-order.ts';
import { packRefs } from './pack-refs.ts';
import type { ClusterRepository } from './repository.ts';
import type { Stock } from './stock.ts';
import type { StoreName } from './store.ts';
import { verifyPack } from './verify-pack.ts';
import { isInShare, type Share } from './verify-share.ts';
import { provePartial, proveSegment, whatOf } from './verify-wal.ts';
import type { KeptFile } from './wal-catalog.ts';
import { segmentsOf } from './wal-path.ts';
import type { Wound, Wounds } from './wound.ts';

export interface VerifyCount {
  readonly objects: number;
  readonly blocks: number;
  readonly bytes: Bytes;
}

export type VerifyNews =
  | { readonly is: 'began'; readonly bytes: Bytes }
  | { readonly is: 'read'; readonly bytes: Bytes }
  | { readonly is: 'found'; readonly wound: Wound };

export interface ReadingOf {
  readonly repo: ClusterRepository;
  readonly stock: Stock;
  /** Null: all of it. */
  readonly share: Share | null;
  readonly wounds: Wounds;
  readonly tell: (news: VerifyNews) => void;
  /** Throws where it shall end. */
  readonly halt: () => void;
}

interface WalFile extends KeptFile {
  readonly object: StoreName;
  /** The whole segment is kept, and this may be the journal that it was. */
  readonly isWhole: boolean;
}

/** The large things: packs and WAL. */
export class Reading {
  readonly #of: ReadingOf;
  #objects: number;
  #blocks = 0;
  #bytes: number;

  constructor(of: ReadingOf) {
    this.#of = of;
    this.#objects = of.stock.small.objects;
    this.#bytes = of.stock.small.bytes;
  }

  get count(): VerifyCount {
    return { objects: this.#objects, blocks: this.#blocks, bytes: bytes(this.#bytes) };
  }

  async all(): Promise<void> {
    const { packs, chosen, only } = this.#of.stock;
    const [ofPacks, files] = [this.#sizeOf(packs), this.#files()];
    const part = this.#of.share === null ? 1 : 1 / this.#of.share.of;
    const ofWal = this.#sizeOf(files.map(({ object }) => object));
    this.#of.tell({ is: 'began', bytes: bytes(Math.round(this.#bytes + ofPacks * part + ofWal)) });
    const left = new Set(packs);
    // Once at least, for the lists are proven thereby.
    do {
      const refs = await packRefs(this.#of.repo, chosen, left, ({ id }, damage) =>
        this.#of.wounds.add({
          object: damage.object,
          what: whatOf(damage),
          missing: damage.message.endsWith('is not there'),
          harm: { is: 'backup', id },
        }),
      );
      for (const [pack, all] of refs) {
        const share = this.#of.share;
        const own = share === null ? all : all.filter(({ offset }) => isInShare(share, pack, offset));
        await this.#pack(pack, own, share !== null || only);
        left.delete(pack);
      }
    } while (left.size > 0);
    for await (const wound of inOrder(files, 2, file => this.#file(file))) if (wound) this.#of.wounds.add(wound);
  }

  async #pack(pack: StoreName, refs: Parameters<typeof verifyPack>[2], only: boolean): Promise<void> {
    if (only && refs.length === 0) return;
    await verifyPack(
      this.#of.repo,
      pack,
      refs,
      {
        hurt: ({ pack: object, from, to, what, missing }) =>
          this.#of.wounds.add({ object, what, missing, harm: { is: 'pack', spans: [{ from, to }] } }),
        read: (length, blocks) => {
          this.#blocks += blocks;
          this.#add(length);
        },
        halt: this.#of.halt,
      },
      only,
    );
    this.#objects += 1;
  }

  /** WAL that is in the share, and belongs to what was asked for. */
  #files(): WalFile[] {
    const { sound, chosen, only, sizes } = this.#of.stock;
    const { segmentSize, files } = sound.wal;
    const wanted = new Set(
      chosen.flatMap(({ stopTimeline, start, stop }) =>
        segmentsOf({ timeline: stopTimeline, from: start, to: stop }, segmentSize),
      ),
    );
    const whole = new Set(files.flatMap(({ kind, name }) => (kind === 'segment' ? [name] : [])));
    const share = this.#of.share;
    const { names } = this.#of.repo;
    return files
      .map(file => ({
        ...file,
        object: file.kind === 'partial' ? names.partial(file.name) : names.segment(file.name),
        isWhole: whole.has(file.name),
      }))
      .filter(
        ({ name, kind, object }) =>
          sizes.has(object) &&
          (!only || wanted.has(name)) &&
          (share === null || kind === 'partial' || isInShare(share, object)),
      );
  }

  async #file({ name, start, kind, object, isWhole }: WalFile): Promise<Wound | undefined> {
    this.#of.halt();
    const { segmentSize } = this.#of.stock.sound.wal;
    const wound =
      kind === 'segment'
        ? await proveSegment(this.#of.repo, name, segmentSize)
        : await provePartial(this.#of.repo, { name, start }, isWhole);
    this.#objects += 1;
    this.#add(this.#of.stock.sizes.get(object) ?? 0);
    return wound;
  }

  #sizeOf(objects: Iterable<StoreName>): number {
    let sum = 0;
    for (const object of objects) sum += this.#of.stock.sizes.get(object) ?? 0;
    return sum;
  }

  #add(length: number): void {
    this.#bytes += length;
    this.#of.tell({ is: 'read', bytes: bytes(this.#bytes) });
  }
}
