// Holds data against a JSON schema and says what does not fit: one message per mistake, at its place.

import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { TSchema } from 'typebox';
import { hasExpression } from './templates.ts';
import { isHole } from './scope.ts';
import type { Json, Mistake, Path } from './mistake.ts';
import { fits } from './schema-fit.ts';
import { type Complaint, mistakeOf } from './schema-words.ts';

const strict = new WeakMap<TSchema, Json>();
const compiled = new WeakMap<TSchema, ValidateFunction>();
let ajv: Ajv2020 | undefined;

/**
 * What in the data does not fit. Where an expression stands, any type will do for now: it is looked at again once its
 * value is known.
 *
 * @param at where the data stands in its file
 */
export function mistakesIn(schema: TSchema, data: unknown, at: Path = []): Mistake[] {
  if (fits(strictOf(schema), data)) return [];
  const validate = validatorOf(schema);
  if (validate(data)) return [];
  const complaints = (validate.errors ?? []).map(error => {
    const path = pathOf(error.instancePath, data);
    return { ...error, path: [...at, ...path], found: valueAt(data, path) };
  });
  return oneEach(complaints.filter(({ found }) => !provisional(found))).map(mistakeOf);
}

const provisional = (value: unknown): boolean => hasExpression(value) || isHole(value);

function strictOf(schema: TSchema): Json {
  const known = strict.get(schema) ?? closed(schema);
  strict.set(schema, known);
  return known;
}

function validatorOf(schema: TSchema): ValidateFunction {
  const known = compiled.get(schema);
  if (known) return known;
  ajv ??= newAjv();
  const validate = ajv.compile(strictOf(schema));
  compiled.set(schema, validate);
  return validate;
}

function newAjv(): Ajv2020 {
  const made = new Ajv2020({
    strict: true,
    allErrors: true,
    // Complaints then carry the part of the schema they come from: its marks and examples make the message.
    verbose: true,
    validateFormats: false,
    logger: false,
    allowUnionTypes: true,
    // The schemas are our own, valid under test, and each is used a few times: to prove them and to polish their code takes
    // longer than it saves.
    validateSchema: false,
    meta: false,
    code: { optimize: false },
  });
  made.addVocabulary(['x-lifeboat', 'x-names', 'x-like']);
  return made;
}

/** The same schema, unknown keys refused in every mapping that lists its keys: most mistakes in a hand-written file are typos. */
export function closed(schema: TSchema): Json {
  return close(JSON.parse(JSON.stringify(schema))) as Json;
}

function close(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(close);
  if (typeof part !== 'object' || part === null) return part;
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(part)) copy[key] = keptAsIs.has(key) ? value : close(value);
  if (
    ('properties' in copy || 'patternProperties' in copy) &&
    copy['additionalProperties'] === undefined &&
    copy['type'] === 'object'
  )
    copy['additionalProperties'] = false;
  return copy;
}
const keptAsIs = new Set(['default', 'enum', 'const', 'examples', 'required']);

/** JSON pointer → path; an index only where the data has a list. */
function pathOf(pointer: string, data: unknown): Path {
  let value = data;
  return pointer
    .split('/')
    .slice(1)
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map(name => {
      const key = Array.isArray(value) ? Number(name) : name;
      value = valueAt(value, [key]);
      return key;
    });
}

export function valueAt(data: unknown, path: Path): unknown {
  let value = data;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}

/**
 * Drops the noise: of several ways to write a value only the one that was meant speaks, and of several complaints about
 * one place only the first (a wrong type also misses every pattern).
 */
function oneEach(complaints: readonly Complaint[]): Complaint[] {
  const choices = complaints.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf');
  const silenced = new Set<Complaint>();
  for (const choice of choices) {
    const inside = complaints.filter(one => one !== choice && one.schemaPath.startsWith(`${choice.schemaPath}/`));
    const meant = meantBranch(choice, inside);
    if (meant !== undefined) silenced.add(choice);
    for (const one of inside) if (branch(one, choice) !== meant) silenced.add(one);
  }
  const places = new Set<string>();
  return complaints
    .filter(one => !silenced.has(one))
    .sort((a, b) => rank(a) - rank(b))
    .filter(({ keyword, instancePath, params }) => {
      const key = keyword === 'additionalProperties' || keyword === 'required' ? JSON.stringify(params) : '';
      const place = `${instancePath} ${key}`;
      if (places.has(place)) return false;
      places.add(place);
      return true;
    });
}

const rank = ({ keyword }: Complaint): number => (keyword === 'type' ? 0 : keyword === 'additionalProperties' ? 1 : 2);
const branch = (one: Complaint, choice: Complaint): string =>
  one.schemaPath.slice(choice.schemaPath.length + 1).split('/')[0] ?? '';

/** The first branch that the value fits at least in kind; undefined where none does: then the choice speaks for itself. */
function meantBranch(choice: Complaint, inside: readonly Complaint[]): string | undefined {
  const otherKind = (one: Complaint): boolean =>
    one.instancePath === choice.instancePath && ['type', 'enum', 'const', 'pattern'].includes(one.keyword);
  const branches = [...new Set(inside.map(one => branch(one, choice)))];
  return branches.find(name => !inside.some(one => branch(one, choice) === name && otherKind(one)));
}
