// Where a block lies, in 60 bytes: what a backup of terabytes keeps in memory of the one before it. Pure.

import type { Block, BlockPlace } from './backup.ts';

/** SHA-256, then twice: pack u32, offset u48, length u32, big-endian; a patch of ones only means none. */
export const recordSize = 60;

const wholeAt = 32;
const patchAt = 46;
const none = 0xffffffff;

export const recordsFor = (blocks: number): Buffer => Buffer.alloc(blocks * recordSize);
export const recordCount = (records: Buffer): number => Math.floor(records.length / recordSize);

export function putRecord(records: Buffer, index: number, block: Block): void {
  const at = index * recordSize;
  block.hash.copy(records, at, 0, wholeAt);
  putPlace(records, at + wholeAt, block.whole);
  if (block.patch === null) records.fill(0xff, at + patchAt, at + recordSize);
  else putPlace(records, at + patchAt, block.patch);
}

/** Throws a RangeError where there are fewer. */
export function readRecord(records: Buffer, index: number): Block {
  const at = index * recordSize;
  const patched = records.readUInt32BE(at + patchAt) !== none;
  return {
    hash: records.subarray(at, at + wholeAt),
    whole: placeAt(records, at + wholeAt),
    patch: patched ? placeAt(records, at + patchAt) : null,
  };
}

function putPlace(records: Buffer, at: number, { pack, offset, length }: BlockPlace): void {
  records.writeUInt32BE(pack, at);
  records.writeUIntBE(offset, at + 4, 6);
  records.writeUInt32BE(length, at + 10);
}

function placeAt(records: Buffer, at: number): BlockPlace {
  return {
    pack: records.readUInt32BE(at),
    offset: records.readUIntBE(at + 4, 6),
    length: records.readUInt32BE(at + 10),
  };
}
