// The first bytes of every object: that it is one of ours, of which format, of which kind, and under which name it was put.

import { createHash } from 'node:crypto';
import { Damage, type ObjectKind } from './damage.ts';
import type { StoreName } from './store.ts';

const magic = Buffer.from('LIFEBOAT');
const format = 1;
const kinds: readonly ObjectKind[] = [
  'backup',
  'files',
  'manifest',
  'pack',
  'segment',
  'history',
  'index',
  'partial',
  'proof',
];

/** Magic 8, format u16, kind u8, sealed u8, SHA-256 of the name 32. */
export const headerLength = 44;

export function objectHeader(kind: ObjectKind, name: StoreName, sealed: boolean): Buffer {
  const fixed = Buffer.alloc(4);
  fixed.writeUInt16BE(format, 0);
  fixed.writeUInt8(kinds.indexOf(kind), 2);
  fixed.writeUInt8(sealed ? 1 : 0, 3);
  return Buffer.concat([magic, fixed, createHash('sha256').update(name).digest()]);
}

/** Throws {@link Damage} unless `bytes` begin as an object of this kind and name does. */
export function checkHeader(bytes: Buffer, kind: ObjectKind, name: StoreName, sealed: boolean): void {
  const damage = (what: string): Damage => new Damage(name, what);
  if (bytes.length < headerLength) throw damage(`cut off after ${bytes.length} bytes`);
  if (!bytes.subarray(0, 8).equals(magic)) throw damage('not an object of Lifeboat');
  const seen = bytes.readUInt16BE(8);
  if (seen !== format) throw damage(`written in format ${seen}, and this Lifeboat reads format ${format}`);
  const found = kinds[bytes.readUInt8(10)];
  if (found !== kind) throw damage(`a ${found ?? 'thing of an unknown kind'} where a ${kind} should be`);
  if (bytes.subarray(0, headerLength).equals(objectHeader(kind, name, sealed))) return;
  throw damage(
    bytes.readUInt8(11) === (sealed ? 1 : 0) ? 'it was put under another name' : 'its first bytes were changed',
  );
}
