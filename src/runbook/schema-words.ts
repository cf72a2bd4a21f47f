// What does not fit a schema, in the words of somebody who edits the file.

import type { ErrorObject } from 'ajv';
import type { Json, Mistake, Path } from './mistake.ts';
import { meant, nearest } from './nearest.ts';
import type { Mark } from './vocabulary.ts';

/** One complaint of the validator. */
export interface Complaint extends ErrorObject {
  readonly path: Path;
  /** The value that was found. */
  readonly found: unknown;
}

/** `"within"`, `item 2 of "modes"`: what a message speaks of. */
export function placeWords(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return 'the file';
  if (typeof last === 'number') return `item ${last + 1} of ${placeWords(path.slice(0, -1))}`;
  return `"${last}"`;
}

/** What stands there, for the second half of "must be a duration, not …". */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string') return `"${short(value)}"`;
  return `${typeof value === 'number' ? 'the number ' : ''}${JSON.stringify(value)}`;
}

export const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}…` : text);

/** How each marked value is written; `like` begins a hint. */
export const kinds: Readonly<Record<Mark, { readonly a: string; readonly like: string }>> = {
  duration: { a: 'a duration', like: 'a number with its unit: 500ms, 30s, 10min, 1h, 1d' },
  bytes: { a: 'a size', like: 'a number with its unit: 0B, 64kB, 16MB, 2GB' },
  lsn: { a: 'an LSN', like: 'two hexadecimal numbers with a slash: 0/1A2B3C8' },
  timestamp: { a: 'a time with its zone', like: "quoted, with its zone: '2026-11-21 16:45:04+09'" },
  node: { a: 'a role or a node', like: 'the name of a role, such as standby' },
  check: { a: 'a check', like: 'a mapping such as { check: ready, on: standby, is: [accepting] }' },
  text: { a: 'text', like: 'put it in quotes' },
};

const types: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'a mapping',
  array: 'a list',
  null: 'nothing',
};

export function mistakeOf(complaint: Complaint): Mistake {
  const { path, params, found } = complaint;
  const schema = (complaint.parentSchema ?? {}) as Json;
  const where = placeWords(path);
  const mistake = (message: string, hint?: string): Mistake => ({ path, part: 'value', message, hint });
  switch (complaint.keyword) {
    case 'additionalProperties':
      return unknownKey(path, String(params['additionalProperty']), schema);
    case 'required':
      return missing(path, String(params['missingProperty']), schema);
    case 'type':
      return mistake(`${where} must be ${expected(schema)}, not ${describe(found)}`, typeHint(schema, found));
    case 'enum':
    case 'const': {
      const words = (complaint.keyword === 'enum' ? params['allowedValues'] : [params['allowedValue']]) as unknown[];
      const known = words.map(String);
      const near = typeof found === 'string' ? nearest(found, known) : undefined;
      return mistake(
        `${where} cannot be ${describe(found)}`,
        near === undefined
          ? `one of: ${known.length > 30 ? `${known.slice(0, 30).join(', ')}, …` : known.join(', ')}`
          : `did you mean "${near}"?`,
      );
    }
    case 'pattern':
      return mistake(`${where} must be ${expected(schema)}, not ${describe(found)}`, likeOf(schema));
    case 'minItems':
      return mistake(`${where} must not be empty`, likeOf(schema));
    case 'minLength':
      return mistake(`${where} must not be empty`, likeOf(schema));
    case 'minProperties':
      return mistake(`${where} must not be empty`, likeOf(schema));
    case 'minimum':
      return mistake(`${where} must be ${String(params['limit'])} or more, not ${describe(found)}`);
    case 'maximum':
      return mistake(`${where} must be ${String(params['limit'])} or less, not ${describe(found)}`);
    case 'uniqueItems':
      return {
        ...mistake(`${placeWords([...path, Number(params['i'])])} stands there twice`, 'drop one of the two'),
        path: [...path, Number(params['i'])],
      };
    case 'anyOf':
    case 'oneOf':
      return mistake(`${where} must be ${expected(schema)}, not ${describe(found)}`, likeOf(schema));
    default:
      return mistake(`${where} ${complaint.message ?? 'does not fit'}`, likeOf(schema));
  }
}

function unknownKey(path: Path, key: string, schema: Json): Mistake {
  const known = Object.keys((schema['properties'] as Json | undefined) ?? {});
  const names = schema['x-names'];
  return {
    path: [...path, key],
    part: 'key',
    message: typeof names === 'string' ? `"${short(key)}" is not a possible name` : `unknown key "${short(key)}"`,
    hint: typeof names === 'string' ? names : (meant(key, known, 'the keys here') ?? 'nothing is set here'),
  };
}

function missing(path: Path, key: string, schema: Json): Mistake {
  const property = ((schema['properties'] as Json | undefined) ?? {})[key] as Json | undefined;
  const like = property && (likeOf(property) ?? description(property));
  return {
    path,
    part: 'key',
    message: path.length === 0 ? `"${key}" is missing` : `"${key}" is missing in ${placeWords(path)}`,
    hint: `add ${key}: …${like === undefined ? '' : ` (${like})`}`,
  };
}

const description = (schema: Json): string | undefined =>
  typeof schema['description'] === 'string' ? schema['description'] : undefined;

/** `x-like` of the schema, or how its kind is written. */
function likeOf(schema: Json): string | undefined {
  const own = schema['x-like'];
  if (typeof own === 'string') return own;
  const mark = schema['x-lifeboat'];
  return typeof mark === 'string' ? kinds[mark as Mark].like : undefined;
}

function expected(schema: Json): string {
  const mark = schema['x-lifeboat'];
  if (typeof mark === 'string') return kinds[mark as Mark].a;
  const choices = (schema['anyOf'] ?? schema['oneOf']) as Json[] | undefined;
  if (choices) return [...new Set(choices.map(expected))].join(' or ');
  if (typeof schema['pattern'] === 'string') return patterns[schema['pattern']] ?? 'of another form';
  if (Array.isArray(schema['type']))
    return schema['type'].map(type => types[String(type)] ?? String(type)).join(' or ');
  return types[String(schema['type'])] ?? 'something else';
}

const patterns: Readonly<Record<string, string>> = { '^/': 'an absolute path' };

function typeHint(schema: Json, found: unknown): string | undefined {
  const like = likeOf(schema);
  if (
    schema['type'] === 'string' &&
    (typeof found === 'number' || typeof found === 'boolean') &&
    (like === undefined || schema['x-lifeboat'] === 'text')
  )
    return `put it in quotes: '${String(found)}'`;
  if (like !== undefined) return like;
  if (schema['type'] === 'array' && (typeof found === 'string' || typeof found === 'number'))
    return `write a list: [${String(found)}]`;
  if (
    (schema['type'] === 'integer' || schema['type'] === 'boolean') &&
    typeof found === 'string' &&
    /^(\d+|true|false)$/.test(found)
  )
    return `drop the quotes: ${found}`;
  return description(schema);
}
