// A frame: at most 1 MiB, compressed, perhaps encrypted, and proven by itself to be what was put at this place; docs/repository.md has the bytes.

import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Damage, type ObjectKind } from './damage.ts';
import type { StoreName } from './store.ts';
import type { Codec, Works } from './works.ts';

/** Raw bytes of one frame at most. */
export const frameLimit = 1024 * 1024;
/** Bytes before the body: codec, flags, raw length, body length, number. */
export const frameHeadLength = 14;

/** Of a frame that is not one of a row: in packs, where the files say which block it is, and in partials, where it holds its LSN. */
export const alone = 0xffffffff;

/** Where a frame belongs: put elsewhere, it is damage. */
export interface FramePlace {
  readonly name: StoreName;
  readonly kind: ObjectKind;
  /** From 0 on within its object, or {@link alone}. */
  readonly number: number;
}

export interface FrameHead {
  readonly codec: Codec;
  readonly sealed: boolean;
  /** The frame after the last one: it holds nothing, and without it the object was cut off. */
  readonly end: boolean;
  readonly rawLength: number;
  readonly bodyLength: number;
  readonly number: number;
  /** Of the whole frame. */
  readonly length: number;
}

const codecs: readonly Codec[] = ['none', 'zstd', 'gzip'];
const flags = { sealed: 1, end: 2 };
const proofLength = 32;
const nonceLength = 12;
const tagLength = 16;
const overhead = { plain: proofLength, sealed: nonceLength + proofLength + tagLength };

/**
 * What the first 14 bytes at `offset` say. Undefined where fewer are left, and where they cannot be the head of a frame;
 * bytes that lie are found out by {@link openFrame} only.
 */
export function frameHead(bytes: Uint8Array, offset = 0): FrameHead | undefined {
  if (bytes.length - offset < frameHeadLength) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, frameHeadLength);
  const codec = codecs[view.getUint8(0)];
  const flag = view.getUint8(1);
  const [rawLength, bodyLength, number] = [view.getUint32(2), view.getUint32(6), view.getUint32(10)];
  const sealed = (flag & flags.sealed) !== 0;
  const packed = bodyLength - (sealed ? overhead.sealed : overhead.plain);
  if (codec === undefined || flag > 3 || rawLength > frameLimit || packed < 0 || packed > rawLength) return undefined;
  const end = (flag & flags.end) !== 0;
  return { codec, sealed, end, rawLength, bodyLength, number, length: frameHeadLength + bodyLength };
}

interface MakeOptions {
  readonly hash?: Buffer | undefined;
  readonly end?: boolean;
  readonly pack?: boolean;
}

/**
 * A frame in parts, to be written one behind the other: where nothing gets smaller, one of them is `raw` itself.
 *
 * @param key null where the repository is not encrypted
 * @param hash of the raw bytes, where it is known already
 * @param pack false: not to be compressed
 */
export async function makeFrame(
  works: Works,
  key: Buffer | null,
  raw: Uint8Array,
  place: FramePlace,
  { hash, end = false, pack = true }: MakeOptions = {},
): Promise<readonly Uint8Array[]> {
  if (raw.length > frameLimit) throw new Error(`a frame of ${raw.length} bytes: at most ${frameLimit} are allowed`);
  // Compression first, for it goes on in the thread pool while the hash is made.
  const compressing = pack ? works.compress(raw) : { codec: 'none' as const, bytes: raw };
  const [{ codec, bytes: packed }, digest] = await Promise.all([compressing, hash ?? works.hash(raw)]);
  const head = Buffer.alloc(frameHeadLength);
  head.writeUInt8(codecs.indexOf(codec), 0);
  head.writeUInt8((key ? flags.sealed : 0) | (end ? flags.end : 0), 1);
  head.writeUInt32BE(raw.length, 2);
  head.writeUInt32BE(packed.length + (key ? overhead.sealed : overhead.plain), 6);
  head.writeUInt32BE(place.number, 10);
  const bond = bondOf(head, place);
  const proof = proofOf(digest, bond, packed);
  if (key === null) return [Buffer.concat([head, proof]), packed];
  const nonce = works.random(nonceLength);
  return [Buffer.concat([head, nonce]), ...(await works.seal(key, nonce, [proof, packed], bond))];
}

/**
 * The raw bytes. Throws {@link Damage} where `frame` is not, to the last bit, one that was made for this place.
 *
 * @param hash of the raw bytes as somebody else remembers it; where absent, the frame's own proof must do
 */
export async function openFrame(
  works: Works,
  key: Buffer | null,
  frame: Buffer,
  place: FramePlace,
  { hash, end = false }: { readonly hash?: Buffer | undefined; readonly end?: boolean } = {},
): Promise<Buffer> {
  const damage = (what: string): Damage => new Damage(place.name, what);
  const head = frameHead(frame);
  if (head === undefined) throw damage('what lies there is no frame');
  if (head.length !== frame.length) throw damage(`a frame of ${head.length} bytes, of which ${frame.length} are there`);
  if (head.sealed !== (key !== null))
    throw damage(head.sealed ? 'encrypted where nothing is' : 'not encrypted where all is');
  if (head.number !== place.number || head.end !== end) throw damage('a frame at a place that is not its own');
  const bond = bondOf(frame.subarray(0, frameHeadLength), place);
  const body = frame.subarray(frameHeadLength);
  const payload =
    key === null ? body : await works.unseal(key, body.subarray(0, nonceLength), body.subarray(nonceLength), bond);
  if (payload === undefined) throw damage('the seal does not fit: bytes were changed, or belong elsewhere');
  const packed = payload.subarray(proofLength);
  const raw = await unpack(works, head, packed, damage);
  const digest = await works.hash(raw);
  if (!proofOf(digest, bond, packed).equals(payload.subarray(0, proofLength)))
    throw damage('the hash does not fit: bytes were changed, or belong elsewhere');
  if (hash && !digest.equals(hash)) throw damage('another block than the one that should be there');
  return raw;
}

async function unpack(
  works: Works,
  { codec, rawLength }: FrameHead,
  packed: Uint8Array,
  damage: (what: string) => Damage,
): Promise<Buffer> {
  try {
    return await works.decompress(codec, packed, rawLength);
  } catch (error) {
    // A codec that is not installed says so itself.
    if (error instanceof Error && error.name === 'Fault') throw error;
    throw damage(`cannot be decompressed (${error instanceof Error ? error.message : String(error)})`);
  }
}

/** All that a frame is bound to beside its bytes. */
function bondOf(head: Uint8Array, { name, kind }: FramePlace): Buffer {
  return Buffer.concat([head, Buffer.from(`${kind}\n${name}`)]);
}

/** With a checksum of the packed bytes too: a codec ignores some of its bits, and a bit that was flipped is to be told of even where it does no harm yet. */
function proofOf(digest: Buffer, bond: Buffer, packed: Uint8Array): Buffer {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(packed));
  return createHash('sha256').update(digest).update(bond).update(checksum).digest();
}
