// Whether data fits a JSON schema, without a word on why not: in a failover the files are right, and a validator that can explain itself takes longer to make than all of them to read.

import type { Json } from './mistake.ts';
import { isHole } from './scope.ts';
import { hasExpression } from './templates.ts';

type Schema = Readonly<Record<string, unknown>>;
type Keyword = (wanted: unknown, data: unknown, schema: Schema) => boolean;

/**
 * True only where nothing could be said against the data; false also where a keyword stands in the schema that is not known
 * here. Where an expression stands, any type will do for now.
 */
export function fits(schema: unknown, data: unknown): boolean {
  if (typeof schema === 'boolean') return schema;
  if (hasExpression(data)) return true;
  // A value that is known later is a mapping itself, which only a schema of a mapping could look into.
  if (isHole(data)) return isScalar(schema as Schema);
  return Object.entries(schema as Schema).every(
    ([keyword, wanted]) =>
      says.has(keyword) || keyword.startsWith('x-') || (keywords[keyword]?.(wanted, data, schema as Schema) ?? false),
  );
}

const says: ReadonlySet<string> = new Set(['title', 'description', 'default', 'examples']);

const isScalar = ({ type }: Schema): boolean => typeof type === 'string' && type !== 'object' && type !== 'array';

/** Each as in ajv, which has the last word wherever one of these says no. A keyword about another type than the data's holds. */
const keywords: Readonly<Record<string, Keyword | undefined>> = {
  type: (wanted, data) => types[wanted as string]?.(data) ?? false,
  const: (wanted, data) => isPlain(wanted) && data === wanted,
  enum: (wanted, data) => (wanted as unknown[]).some(one => isPlain(one) && one === data),
  pattern: (wanted, data) => typeof data !== 'string' || pattern(wanted as string).test(data),
  minLength: (wanted, data) => typeof data !== 'string' || Array.from(data).length >= (wanted as number),
  minimum: (wanted, data) => typeof data !== 'number' || data >= (wanted as number),
  maximum: (wanted, data) => typeof data !== 'number' || data <= (wanted as number),
  anyOf: (wanted, data) => (wanted as unknown[]).some(one => fits(one, data)),
  items: (wanted, data) => !Array.isArray(data) || data.every(one => fits(wanted, one)),
  minItems: (wanted, data) => !Array.isArray(data) || data.length >= (wanted as number),
  uniqueItems: (wanted, data) =>
    wanted === false || !Array.isArray(data) || (data.every(isPlain) && new Set(data).size === data.length),
  required: (wanted, data) => !isMapping(data) || (wanted as string[]).every(key => data[key] !== undefined),
  minProperties: (wanted, data) => !isMapping(data) || Object.keys(data).length >= (wanted as number),
  properties: (wanted, data) =>
    !isMapping(data) ||
    Object.entries(wanted as Schema).every(([key, schema]) => data[key] === undefined || fits(schema, data[key])),
  patternProperties: (wanted, data) =>
    !isMapping(data) ||
    Object.entries(wanted as Schema).every(([name, schema]) =>
      Object.entries(data).every(([key, value]) => !pattern(name).test(key) || fits(schema, value)),
    ),
  additionalProperties: (wanted, data, { properties = {}, patternProperties = {} }) =>
    !isMapping(data) ||
    Object.entries(data).every(
      ([key, value]) =>
        Object.hasOwn(properties as Schema, key) ||
        Object.keys(patternProperties as Schema).some(name => pattern(name).test(key)) ||
        fits(wanted, value),
    ),
};

const types: Readonly<Record<string, ((data: unknown) => boolean) | undefined>> = {
  object: isMapping,
  array: Array.isArray,
  string: data => typeof data === 'string',
  boolean: data => typeof data === 'boolean',
  number: Number.isFinite,
  integer: Number.isInteger,
  null: data => data === null,
};

function isMapping(data: unknown): data is Record<string, Json> {
  return typeof data === 'object' && data !== null && !Array.isArray(data);
}

const isPlain = (value: unknown): boolean => typeof value !== 'object' || value === null;

const patterns = new Map<string, RegExp>();
function pattern(text: string): RegExp {
  const known = patterns.get(text) ?? new RegExp(text, 'u');
  patterns.set(text, known);
  return known;
}
