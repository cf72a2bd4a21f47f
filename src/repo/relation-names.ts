// Which relation a file belongs to, from whatever catalogue still knows it. Pure.

import { type RelationFile, relationKey } from '../postgres/relation-file.ts';

export interface NamedRelation {
  readonly database: number;
  readonly oid: number;
  /** Of its file; 0 where it has none. */
  readonly number: number;
  /** Oid of its schema, and its name; null where that is not known. */
  readonly namespace: number;
  readonly schema: string | null;
  readonly name: string;
  /** relkind. */
  readonly kind: string;
}

/** The schema that initdb makes. */
const pgPublic = 2200;

/**
 * A TRUNCATE gives a table another file, so that today's catalogue knows the last one only. But each TRUNCATE tells which file went and which came:
 * they are one relation, and what is known of one of them is known of all.
 */
export class RelationNames {
  readonly #byFile = new Map<string, NamedRelation>();
  readonly #byOid = new Map<string, NamedRelation>();
  readonly #same = new Map<string, Set<string>>();
  readonly #databases = new Map<number, string>();
  readonly #schemas = new Map<string, string>();

  /** Later ones count for more: the older catalogue first. */
  add(relation: NamedRelation): void {
    const { database, oid, number, namespace, schema } = relation;
    if (schema !== null) this.#schemas.set(`${database}/${namespace}`, schema);
    if (number !== 0) this.#byFile.set(`${database}/${number}`, relation);
    this.#byOid.set(`${database}/${oid}`, relation);
  }

  addDatabase(oid: number, name: string): void {
    this.#databases.set(oid, name);
  }

  pair(one: RelationFile, other: RelationFile): void {
    const [a, b] = [relationKey(one), relationKey(other)];
    this.#neighbours(a).add(b);
    this.#neighbours(b).add(a);
  }

  database(oid: number): string | undefined {
    return this.#databases.get(oid);
  }

  of(file: RelationFile): NamedRelation | undefined {
    const found = this.#find(file);
    if (found === undefined || found.schema !== null) return found;
    const schema = this.#schemas.get(`${found.database}/${found.namespace}`);
    return { ...found, schema: schema ?? (found.namespace === pgPublic ? 'public' : null) };
  }

  #find(file: RelationFile): NamedRelation | undefined {
    const reached = new Set([relationKey(file)]);
    for (const key of reached) {
      const found = this.#byFile.get(key);
      if (found) return found;
      for (const next of this.#same.get(key) ?? []) reached.add(next);
    }
    // The first file of a relation bears its oid (catalog/heap.c, heap_create).
    return [...reached].map(key => this.#byOid.get(key)).find(found => found !== undefined);
  }

  #neighbours(key: string): Set<string> {
    const known = this.#same.get(key) ?? new Set<string>();
    this.#same.set(key, known);
    return known;
  }
}
