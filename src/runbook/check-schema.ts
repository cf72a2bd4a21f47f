// A check as written, `{ check: ready, on: primary, is: [accepting] }`: its kind is chosen by its name before anything else is looked at.

import { Type } from 'typebox';
import type { TObject } from 'typebox';
import type { Catalogue, Described } from './catalogue.ts';
import { textsWanted } from './marks.ts';
import type { Json, Mistake, Path } from './mistake.ts';
import { meant } from './nearest.ts';
import { mistakesIn } from './schema-check.ts';
import { describe } from './schema-words.ts';
import { hasExpression } from './templates.ts';
import { node } from './vocabulary.ts';

export type ReadCheck =
  | { readonly ok: true; readonly name: string; readonly kind: Described; readonly on: string; readonly params: Json }
  | { readonly ok: false; readonly mistakes: readonly Mistake[] };

const whole = new WeakMap<Described, TObject>();

/** The schema of a whole check: its tag, the node it is about, and its kind's own parameters. */
export function checkSchema(kind: Described): TObject {
  const known = whole.get(kind);
  if (known) return known;
  const made = Type.Object({
    ...kind.params.properties,
    check: Type.Literal(kind.name),
    on: node({ description: 'The role it is about' }),
  });
  whole.set(kind, made);
  return made;
}

/**
 * Splits a check into its kind, its node and its parameters, which must fit the kind's schema.
 *
 * @param at where it stands in its file
 */
export function readCheck(value: unknown, checks: Catalogue['checks'], evaluated = false, at: Path = []): ReadCheck {
  const bad = (path: readonly string[], message: string, hint?: string): ReadCheck => ({
    ok: false,
    mistakes: [{ path: [...at, ...path], part: 'value', message, hint }],
  });
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return bad(
      [],
      `a check is a mapping, not ${describe(value)}`,
      'such as { check: ready, on: standby, is: [accepting] }',
    );
  const { check: name, on, ...params } = value as Record<string, unknown>;
  if (name === undefined) {
    const like = Object.keys(value).find(key => checks.has(key));
    return bad(
      [],
      '"check" is missing: which one is it?',
      like === undefined ? `one of: ${[...checks.keys()].join(', ')}` : `write { check: ${like}, on: … }`,
    );
  }
  if (hasExpression(name)) return bad(['check'], 'the name of a check cannot be an expression', 'write it out');
  const kind = typeof name === 'string' ? checks.get(name) : undefined;
  if (!kind)
    return bad(
      ['check'],
      `no check is named ${describe(name)}`,
      typeof name === 'string' ? meant(name, checks.keys(), 'the checks') : undefined,
    );
  const schema = checkSchema(kind);
  const mistakes = mistakesIn(schema, evaluated ? textsWanted(schema as unknown as Json, value) : value, at);
  return mistakes.length > 0 ? { ok: false, mistakes } : { ok: true, name: kind.name, kind, on: String(on), params };
}
