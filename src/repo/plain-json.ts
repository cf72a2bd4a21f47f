// Small things that anybody may read without a key: JSON with a checksum of its own, so that a flipped bit is not taken for a wish.

import { createHash } from 'node:crypto';
import { Damage } from './damage.ts';
import type { StoreName } from './store.ts';

type Plain = Readonly<Record<string, unknown>>;

/** Readable text; the checksum is of the JSON without blanks. */
export function writePlain(value: object): Buffer {
  return Buffer.from(`${JSON.stringify({ ...value, check: checkOf(value) }, undefined, 2)}\n`);
}

/** Throws {@link Damage} where it is cut off or was changed. What the fields are is for the caller to look at, since a newer Lifeboat may have written it. */
export function readPlain(bytes: Buffer, name: StoreName): Plain {
  const { check, ...value } = parsed(bytes, name);
  if (check !== checkOf(value)) throw new Damage(name, 'its checksum does not fit: it was changed or damaged');
  // An exact copy, since JSON could be the same and the bytes not: a flipped blank is damage too.
  if (!writePlain(value).equals(bytes)) throw new Damage(name, 'it was changed or damaged');
  return value;
}

function parsed(bytes: Buffer, name: StoreName): Plain {
  if (bytes.length === 0) throw new Damage(name, 'it is empty');
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Plain;
  } catch {
    // told below
  }
  throw new Damage(name, 'no whole JSON: it was cut off or damaged');
}

const checkOf = (value: object): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');
