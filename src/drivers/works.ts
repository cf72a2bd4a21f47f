// Hashing, compression and encryption of blocks; the codec is zstd where it can be had, else gzip.

import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { Fault } from '../faults.ts';
import type { Codec, Works } from '../repo/works.ts';
import { looksRandom } from './looks-random.ts';

interface Zstd {
  compress(bytes: Uint8Array): Promise<Uint8Array>;
  decompress(bytes: Uint8Array, length: number): Promise<Uint8Array>;
}

/** A block that gets less than a sixteenth smaller is kept as it is: it is read back faster. */
const worthwhile = (raw: number, packed: number): boolean => packed <= raw - (raw >> 4);
const smallest = 64;
const sample = 48 * 1024;
const tagLength = 16;

export function threadWorks(): Works {
  let found: { readonly zstd: Zstd | undefined } | undefined;
  // In Node.js since 22.15; before that from a package. Looked for when it is needed: not every command has anything to pack.
  const zstd = (): Zstd | undefined => (found ??= { zstd: ownZstd() ?? packagedZstd() }).zstd;
  return {
    // Not webcrypto in the thread pool: it copies first, and then costs more in all than hashing at once (1 MiB: 0.5 ms).
    hash: bytes => Promise.resolve(createHash('sha256').update(bytes).digest()),
    async compress(bytes) {
      if (bytes.length < smallest) return { codec: 'none', bytes };
      const packer = zstd();
      const packed = (part: Uint8Array) => (packer ? packer.compress(part) : gzip(part, { level: 1 }));
      if (looksRandom(bytes)) {
        // Bytes may look so and repeat: a part decides, of a twentieth of what all of them cost.
        const part = bytes.subarray(bytes.length >> 1, (bytes.length >> 1) + sample);
        if (!worthwhile(part.length, (await packed(part)).length)) return { codec: 'none', bytes };
      }
      const all = await packed(bytes);
      if (!worthwhile(bytes.length, all.length)) return { codec: 'none', bytes };
      return { codec: packer ? 'zstd' : 'gzip', bytes: all };
    },
    async decompress(codec, bytes, length) {
      const raw = await unpacked(codec, bytes, length, zstd);
      if (raw.length !== length) throw new Error(`${raw.length} bytes instead of ${length}`);
      return raw;
    },
    seal: (key, nonce, parts, also) => {
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      cipher.setAAD(also);
      const sealed = parts.map(part => cipher.update(part));
      cipher.final();
      return Promise.resolve([...sealed, cipher.getAuthTag()]);
    },
    unseal: (key, nonce, bytes, also) => {
      if (bytes.length < tagLength) return Promise.resolve(undefined);
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength });
      decipher.setAAD(also);
      decipher.setAuthTag(bytes.subarray(-tagLength));
      const raw = decipher.update(bytes.subarray(0, -tagLength));
      try {
        decipher.final();
      } catch {
        return Promise.resolve(undefined);
      }
      return Promise.resolve(raw);
    },
    random: length => randomBytes(length),
  };
}

const gzip = promisify<Uint8Array, zlib.ZlibOptions, Buffer>(zlib.gzip);
const gunzip = promisify<Uint8Array, zlib.ZlibOptions, Buffer>(zlib.gunzip);

async function unpacked(
  codec: Codec,
  bytes: Uint8Array,
  length: number,
  zstd: () => Zstd | undefined,
): Promise<Buffer> {
  if (codec === 'none') return asBuffer(bytes);
  if (codec === 'gzip') return gunzip(bytes, { maxOutputLength: Math.max(1, length) });
  const packer = zstd();
  if (packer === undefined) {
    throw new Fault(
      'failed',
      'the repository was written with zstd, which this installation of Lifeboat does not have',
      {
        hint: 'npm install @mongodb-js/zstd@1.2.2 beside Lifeboat, or use Node.js 22.15 or newer',
      },
    );
  }
  return asBuffer(await packer.decompress(bytes, length));
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

type Packer = (bytes: Uint8Array, options: object, done: (error: Error | null, result: Buffer) => void) => void;

function ownZstd(): Zstd | undefined {
  const { zstdCompress, zstdDecompress } = zlib as { zstdCompress?: Packer; zstdDecompress?: Packer };
  if (zstdCompress === undefined || zstdDecompress === undefined) return undefined;
  const levelOne = { params: { 100: 1 } }; // ZSTD_c_compressionLevel
  const compress = promisify<Uint8Array, object, Buffer>(zstdCompress);
  const decompress = promisify<Uint8Array, object, Buffer>(zstdDecompress);
  return {
    compress: bytes => compress(bytes, levelOne),
    decompress: (bytes, length) => decompress(bytes, { maxOutputLength: Math.max(1, length) }),
  };
}

/** Native code that need not be there: asked for by its name at run time, since it cannot be in the bundle. */
function packagedZstd(): Zstd | undefined {
  try {
    // Its public face drops the level that it is given.
    const { compress, decompress } = createRequire(import.meta.url)('@mongodb-js/zstd/bindings.js') as {
      compress: (bytes: Buffer, level: number) => Promise<Buffer>;
      decompress: (bytes: Buffer) => Promise<Buffer>;
    };
    return { compress: bytes => compress(asBuffer(bytes), 1), decompress: bytes => decompress(asBuffer(bytes)) };
  } catch {
    return undefined;
  }
}
