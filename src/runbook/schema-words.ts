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
  step: { a: 'an earlier step', like: 'the id of a step that comes before this one' },
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
      return typeof schema['x-lifeboat'] === 'string' || patterns[String(schema['pattern'])] !== undefined
        ? mistake(`${where} must be ${expected(schema)}, not ${describe(found)}`, likeOf(schema))
        : mistake(`${where} cannot be ${describe(found)}`, likeOf(schema));
    case 'minItems':
    case 'minLength':
    case 'minProperties':
      return mistake(`${where} must not be empty`, likeOf(schema) ?? itemsHint(schema));
    case 'minimum':
      return mistake(`${where} must be ${String(params['limit'])} or more, not ${describe(found)}`, rangeHint(schema));
    case 'maximum':
      return mistake(`${where} must be ${String(params['limit'])} or less, not ${describe(found)}`, rangeHint(schema));
    case 'uniqueItems': {
      const twin = [...path, Math.max(Number(params['i']), Number(params['j']))];
      return { ...mistake(`${placeWords(twin)} stands there twice`, 'drop one of the two'), path: twin };
    }
    case 'anyOf':
    case 'oneOf':
      return mistake(
        `${where} must be ${expected(schema)}, not ${describe(found)}`,
        likeOf(schema) ?? description(schema) ?? 'write one of these',
      );
    default:
      return mistake(`${where} ${complaint.message ?? 'does not fit'}`, likeOf(schema) ?? description(schema));
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
  const like = property && (description(property) ?? likeOf(property));
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
  const pattern = typeof schema['pattern'] === 'string' ? patterns[schema['pattern']] : undefined;
  if (pattern !== undefined) return pattern;
  if (Array.isArray(schema['enum']) && schema['enum'].length < 4)
    return schema['enum'].map(word => `"${String(word)}"`).join(' or ');
  if (Array.isArray(schema['type']))
    return schema['type'].map(type => types[String(type)] ?? String(type)).join(' or ');
  return types[String(schema['type'])] ?? 'something else';
}

const patterns: Readonly<Record<string, string>> = { '^/': 'an absolute path' };

function typeHint(schema: Json, found: unknown): string | undefined {
  const like = likeOf(schema);
  if (found === null) return like ?? 'write a value behind the colon, or drop the key';
  const isText = schema['type'] === 'string' && (like === undefined || schema['x-lifeboat'] === 'text');
  if (isText && (typeof found === 'number' || typeof found === 'boolean'))
    return `put it in quotes: '${String(found)}'`;
  if (like !== undefined) return like;
  if (schema['type'] === 'array' && (typeof found === 'string' || typeof found === 'number'))
    return `write a list: [${String(found)}]`;
  if (schema['type'] === 'object') return 'write keys and values: { key: value }';
  if (schema['type'] === 'boolean' && (found === 'true' || found === 'false')) return `drop the quotes: ${found}`;
  if (schema['type'] === 'integer' && typeof found === 'string' && /^\d+$/.test(found))
    return `drop the quotes: ${found}`;
  return rangeHint(schema);
}

function rangeHint(schema: Json): string {
  const { minimum, maximum } = schema;
  if (typeof minimum === 'number' && typeof maximum === 'number') return `a whole number from ${minimum} to ${maximum}`;
  if (typeof minimum === 'number') return `a whole number from ${minimum} on`;
  return description(schema) ?? 'quotes make a text, brackets a list, braces a mapping';
}

function itemsHint(schema: Json): string {
  const words = (schema['items'] as Json | undefined)?.['enum'];
  return Array.isArray(words)
    ? `one or more of: ${words.slice(0, 30).join(', ')}`
    : (description(schema) ?? 'drop the key, or write a value');
}
