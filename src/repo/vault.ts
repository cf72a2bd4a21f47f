// A store whose things are compressed, proven by hashes and, where the repository has a key, encrypted: everything but a handful of plain JSON files goes through here.

import type { ObjectKind } from './damage.ts';
import type { Content, Store, StoreName } from './store.ts';

export { Damage, type ObjectKind } from './damage.ts';

/**
 * Every object is a header (magic, format, kind, name) and frames of at most 1 MiB raw (see frame.ts), bound to kind and name.
 * What cannot be read back exactly is a {@link Damage}, never other bytes.
 */
export interface Vault {
  readonly store: Store;
  put(name: StoreName, kind: ObjectKind, content: Content): Promise<void>;
  /** False where something is there already. */
  putIfAbsent(name: StoreName, kind: ObjectKind, content: Content): Promise<boolean>;
  /** All of it; for small things and single segments. Undefined where there is none. */
  get(name: StoreName, kind: ObjectKind): Promise<Buffer | undefined>;
  /** Piece by piece, each proven before it is given; undefined where there is none. That the end is the end is known with the last piece only. */
  read(name: StoreName, kind: ObjectKind): Promise<AsyncIterable<Buffer> | undefined>;
  /** The first bytes of an object of this kind, for whoever writes its frames one by one (packs, partials). */
  header(kind: ObjectKind, name: StoreName): Buffer;
  /** Throws {@link Damage} unless `bytes` begin with exactly that header. */
  checkHeader(bytes: Buffer, kind: ObjectKind, name: StoreName): void;
  /**
   * One frame of at most 1 MiB raw for a pack or a partial: compressed (in a pack), hashed, encrypted. In parts to be written one behind the other: one of
   * them is `raw` itself where it gets no smaller, and nothing is encrypted. `hash`: of the raw bytes, where it is known already.
   */
  sealed(raw: Uint8Array, kind: ObjectKind, name: StoreName, hash?: Buffer): Promise<readonly Uint8Array[]>;
  /** The raw bytes of the one frame that `frame` is; throws {@link Damage} naming `name`. `hash`: what the raw bytes must have, where that is known. */
  open(frame: Buffer, kind: ObjectKind, name: StoreName, hash?: Buffer): Promise<Buffer>;
}
