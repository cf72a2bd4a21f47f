// Work on bytes, and what must differ each time: randomness.

/** Several may be under way at once; what is slow goes on in the thread pool. */
export interface Works {
  /** SHA-256. */
  hash(bytes: Uint8Array): Promise<Buffer>;
  /** `codec` tells how: none where the bytes do not get smaller. */
  compress(bytes: Uint8Array): Promise<{ readonly codec: Codec; readonly bytes: Uint8Array }>;
  /** Throws where the bytes are not what the codec writes; a flipped bit may go unnoticed, so that a hash must follow. */
  decompress(codec: Codec, bytes: Uint8Array, length: number): Promise<Buffer>;
  /** AES-256-GCM of `parts` one behind the other: the sealed bytes, at last the tag of 16, in parts too, for each copy of a block costs as much as a fifth of its hash. */
  seal(key: Buffer, nonce: Buffer, parts: readonly Uint8Array[], also: Uint8Array): Promise<readonly Buffer[]>;
  /** Undefined where the tag does not fit. */
  unseal(key: Buffer, nonce: Buffer, bytes: Uint8Array, also: Uint8Array): Promise<Buffer | undefined>;
  random(length: number): Buffer;
}

/** As it is written in a frame. */
export type Codec = 'none' | 'zstd' | 'gzip';
