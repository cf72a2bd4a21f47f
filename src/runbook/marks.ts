// Where in a piece of data the marked values of its schema stand.

import type { Json, Path } from './mistake.ts';
import { isHole } from './scope.ts';
import type { Mark } from './vocabulary.ts';

/** One place that the schema speaks of. `mark` is undefined for a plain text, number, boolean and so on. */
export interface Place {
  readonly path: Path;
  readonly value: unknown;
  readonly schema: Json;
  readonly mark: Mark | undefined;
}

/** Every leaf and every marked value for which the schema has words, in the order of the data. */
export function placesOf(schema: Json, value: unknown, path: Path = []): Place[] {
  const mark = schema['x-lifeboat'] as Mark | undefined;
  if (mark !== undefined) return [{ path, value, schema, mark }];
  const chosen = branchFor(schema, value);
  if (chosen !== schema) return placesOf(chosen, value, path);
  if (Array.isArray(value)) {
    const items = schema['items'] as Json | undefined;
    return items === undefined ? [] : value.flatMap((one, index) => placesOf(items, one, [...path, index]));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, one]) => {
      const property = propertyOf(schema, key);
      return property === undefined ? [] : placesOf(property, one, [...path, key]);
    });
  }
  return [{ path, value, schema, mark: undefined }];
}

/** The schema of a key: listed, by its pattern, or the one for all others. */
export function propertyOf(schema: Json, key: string): Json | undefined {
  const properties = schema['properties'] as Readonly<Record<string, Json>> | undefined;
  if (properties && Object.hasOwn(properties, key)) return properties[key];
  const patterns = Object.entries((schema['patternProperties'] ?? {}) as Readonly<Record<string, Json>>);
  const byPattern = patterns.find(([pattern]) => new RegExp(pattern, 'u').test(key))?.[1];
  const rest = schema['additionalProperties'];
  return byPattern ?? (typeof rest === 'object' && rest !== null ? (rest as Json) : undefined);
}

/** Of several ways to write a value, the one that fits what was written. */
export function branchFor(schema: Json, value: unknown): Json {
  const branches = (schema['anyOf'] ?? schema['oneOf']) as readonly Json[] | undefined;
  return branches?.find(branch => fits(branch, value)) ?? branches?.[0] ?? schema;
}

function fits(schema: Json, value: unknown): boolean {
  if (schema['const'] !== undefined) return schema['const'] === value;
  if (Array.isArray(schema['enum'])) return schema['enum'].includes(value);
  switch (schema['type']) {
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value) && keysFit(schema, value);
    case 'integer':
    case 'number':
      return typeof value === 'number';
    case undefined:
      return true;
    default:
      return typeof value === schema['type'];
  }
}

const keysFit = (schema: Json, value: object): boolean =>
  ((schema['required'] as readonly string[] | undefined) ?? []).every(key => Object.hasOwn(value, key));

/** Where text is wanted, a number or a boolean that an expression gave is written out: `argv: ['${{ params.port }}']`. */
export function textsWanted(schema: Json, value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'boolean')
    return schema['type'] === 'string' ? String(value) : value;
  if (typeof value !== 'object' || value === null || isHole(value)) return value;
  const chosen = branchFor(schema, value);
  if (Array.isArray(value)) {
    const items = chosen['items'] as Json | undefined;
    return items ? value.map(one => textsWanted(items, one)) : value;
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => {
      const property = propertyOf(chosen, key);
      return [key, property ? textsWanted(property, one) : one];
    }),
  );
}
