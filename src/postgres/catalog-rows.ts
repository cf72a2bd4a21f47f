// Rows of pg_class, pg_namespace and pg_database as bytes: the columns at their beginning are never null and never of varying length.

export interface ClassRow {
  readonly oid: number;
  readonly name: string;
  /** Oid of its schema. */
  readonly namespace: number;
  /** 0 for what has no file, and for the few catalogs whose number is in pg_filenode.map. */
  readonly number: number;
  /** relkind: `r` table, `i` index, `t` TOAST table, `m` materialized view, `S` sequence, `p` partitioned table, `v` view. */
  readonly kind: string;
}

const nameLength = 64;

/** Undefined where the bytes are not enough for one. */
export function classRow(data: Buffer, major: number): ClassRow | undefined {
  // 18 put relallfrozen before the columns behind it.
  const kindAt = major >= 18 ? 119 : 115;
  if (data.length <= kindAt) return undefined;
  return {
    oid: data.readUInt32LE(0),
    name: nameAt(data, 4),
    namespace: data.readUInt32LE(68),
    number: data.readUInt32LE(88),
    kind: String.fromCharCode(data[kindAt] ?? 0),
  };
}

/** Oid and name: the first two columns of pg_namespace and of pg_database. */
export function namedRow(data: Buffer): { readonly oid: number; readonly name: string } | undefined {
  return data.length < 4 + nameLength ? undefined : { oid: data.readUInt32LE(0), name: nameAt(data, 4) };
}

function nameAt(data: Buffer, at: number): string {
  const field = data.subarray(at, at + nameLength);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? field.length : end);
}

/** pg_filenode.map (utils/cache/relmapper.c): the numbers of the catalogs that pg_class cannot tell, by their oids. Undefined where it is none. */
export function readRelationMap(bytes: Buffer): ReadonlyMap<number, number> | undefined {
  if (bytes.length < 8 || bytes.readInt32LE(0) !== 0x592717) return undefined;
  const count = bytes.readInt32LE(4);
  if (count < 0 || 8 + count * 8 > bytes.length) return undefined;
  return new Map(
    Array.from({ length: count }, (_, i) => [bytes.readUInt32LE(8 + i * 8), bytes.readUInt32LE(12 + i * 8)]),
  );
}
