// The JSON Schemas that editors use, made from the declarations that the reader itself checks with.

import type { TSchema } from 'typebox';
import { bookProperties, nestedBook, stepProperties } from './book-schema.ts';
import type { Catalogue, Described } from './catalogue.ts';
import { checkSchema } from './check-schema.ts';
import { drillProperties } from './drill-schema.ts';
import { acts } from './act-schema.ts';
import { faultSchema } from './drill-rules.ts';
import { inventoryProperties } from './inventory-schema.ts';
import type { Json } from './mistake.ts';
import { closed } from './schema-check.ts';
import { duration } from './vocabulary.ts';

const dialect = 'https://json-schema.org/draft/2020-12/schema';

/** An expression may stand wherever a value may; it is checked when the book is read. */
const expression: Json = { type: 'string', pattern: '\\$\\{\\{', description: 'An expression: ${{ params.NAME }}' };

export function runbookSchema(catalogue: Catalogue): object {
  const actions = [...catalogue.actions.values(), nestedBook];
  const { with: _with, action, timeout: _timeout, require: before, expect: after, ...rest } = stepProperties;
  const step = {
    type: 'object',
    required: ['id', 'action'],
    properties: {
      ...shape(rest),
      timeout: orExpression(plain(duration({ description: 'For the step as a whole, its proof included' }))),
      require: { ...described(before), type: 'array', items: { $ref: '#/$defs/check' } },
      expect: { ...described(after), type: 'array', items: { $ref: '#/$defs/check' } },
      action: { ...plain(action), enum: actions.map(({ name }) => name), ...tagHelp(actions) },
      with: { type: 'object' },
    },
    additionalProperties: false,
    allOf: actions.map(one => ({
      if: tagged('action', one.name),
      then: {
        properties: { with: withExpressions(plain(one.params)) },
        ...(needsWith(one.params) && { required: ['with'] }),
      },
    })),
  };
  return {
    $schema: dialect,
    title: 'A Lifeboat runbook',
    type: 'object',
    required: ['runbook', 'title', 'steps'],
    properties: { ...shape(bookProperties), steps: { type: 'array', minItems: 1, items: { $ref: '#/$defs/step' } } },
    additionalProperties: false,
    $defs: { step, check: checkDefinition(catalogue.checks) },
  };
}

export function inventorySchema(): object {
  return {
    $schema: dialect,
    title: 'A Lifeboat inventory',
    type: 'object',
    required: ['clusters'],
    properties: shape(inventoryProperties),
    additionalProperties: false,
  };
}

export function drillSchema(catalogue: Pick<Catalogue, 'faults'>): object {
  const faults = [...catalogue.faults.values()];
  const fault: Json = {
    type: 'object',
    required: ['fault'],
    properties: { fault: { enum: faults.map(({ name }) => name), ...tagHelp(faults) } },
    allOf: faults.map(one => ({ if: tagged('fault', one.name), then: plain(faultSchema(one)) })),
  };
  return {
    $schema: dialect,
    title: 'A Lifeboat drill',
    type: 'object',
    required: ['drill', 'title'],
    properties: {
      ...shape(drillProperties),
      fault: { $ref: '#/$defs/fault' },
      acts: withFault(plain(acts)),
    },
    additionalProperties: false,
    if: { required: ['acts'] },
    then: { properties: { fault: false, runbook: false, proof: false } },
    else: { required: ['fault', 'runbook'] },
    $defs: { fault },
  };
}

/** Lists of acts, and the acts in them, in whatever depth. */
function withFault({ items, ...list }: Json): Json {
  const { properties, ...act } = items as Json & { readonly properties: Readonly<Record<string, Json>> };
  const inner = properties['acts'];
  return {
    ...list,
    items: {
      ...act,
      properties: {
        ...properties,
        fault: { $ref: '#/$defs/fault' },
        ...(inner !== undefined && { acts: withFault(inner) }),
      },
      ...(inner !== undefined && { oneOf: [{ required: ['runbook'] }, { required: ['acts'] }] }),
    },
  };
}

function checkDefinition(checks: Catalogue['checks']): Json {
  const all = [...checks.values()];
  return {
    type: 'object',
    required: ['check', 'on'],
    properties: { check: { enum: all.map(({ name }) => name), ...tagHelp(all) } },
    allOf: all.map(one => ({ if: tagged('check', one.name), then: withExpressions(plain(checkSchema(one))) })),
  };
}

/** One branch per name: an editor then speaks of that branch's keys, not of all branches' at once. */
const tagged = (tag: string, name: string): Json => ({ properties: { [tag]: { const: name } }, required: [tag] });

/** What editors show beside each name. */
const tagHelp = (all: readonly Described[]): Json => ({
  enumDescriptions: all.map(({ summary }) => summary),
  markdownEnumDescriptions: all.map(({ summary, example }) => `${summary}\n\n\`\`\`yaml\n${example}\n\`\`\``),
});

const needsWith = (params: TSchema): boolean =>
  'required' in params && Array.isArray(params['required']) && params['required'].length > 0;
const described = (schema: object): Json => ('description' in schema ? { description: schema['description'] } : {});
const plain = (schema: TSchema): Json => withoutMarks(closed(schema)) as Json;
const shape = (properties: Readonly<Record<string, TSchema>>): Record<string, Json> =>
  Object.fromEntries(Object.entries(properties).map(([key, schema]) => [key, plain(schema)]));

/** The marks mean something to the reader only; a check's place is known by its mark. */
function withoutMarks(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(withoutMarks);
  if (typeof part !== 'object' || part === null) return part;
  const { 'x-lifeboat': mark, 'x-names': _names, 'x-like': like, ...rest } = part as Record<string, unknown>;
  const example = typeof like === 'string' && rest['description'] === undefined ? { description: like } : {};
  if (mark === 'check') return { ...described(rest), $ref: '#/$defs/check' };
  return Object.fromEntries(Object.entries({ ...rest, ...example }).map(([key, one]) => [key, withoutMarks(one)]));
}

/** Every value below may also be an expression; mappings, lists and tags are written out. */
function withExpressions(schema: Json): Json {
  const { properties, items, ...rest } = schema;
  if (rest['$ref'] !== undefined || rest['const'] !== undefined) return schema;
  if (properties !== undefined) {
    const inner = Object.entries(properties as Readonly<Record<string, Json>>).map(([key, one]) => [
      key,
      withExpressions(one),
    ]);
    return { ...rest, properties: Object.fromEntries(inner) as Json };
  }
  if (items !== undefined) return { ...rest, items: withExpressions(items as Json) };
  return rest['type'] === 'object' || rest['type'] === 'array' ? schema : orExpression(schema);
}

function orExpression(schema: Json): Json {
  const { description, default: preset, ...value } = schema;
  // A plain text takes an expression as it is.
  if (value['type'] === 'string' && Object.keys(value).length === 1) return schema;
  return {
    ...(description !== undefined && { description }),
    ...(preset !== undefined && { default: preset }),
    anyOf: [value, expression],
  };
}
