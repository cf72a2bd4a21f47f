// Values of a file → values of the code: durations in milliseconds, roles bound to nodes, checks picked by their name.

import type { Static, TSchema } from 'typebox';
import type { NodeName } from '../ports.ts';
import { parseLsn } from '../postgres/lsn.ts';
import { parseBytes, parseDuration, parseInstant } from '../time.ts';
import type { Check, Hole, StepId } from './book-types.ts';
import type { Catalogue } from './catalogue.ts';
import { readCheck } from './check-schema.ts';
import { branchFor, propertyOf, textsWanted } from './marks.ts';
import type { Json, Mistake, Path } from './mistake.ts';
import { meant } from './nearest.ts';
import { mistakesIn } from './schema-check.ts';
import { describe, kinds, placeWords } from './schema-words.ts';
import { isHole } from './scope.ts';
import type { Mark } from './vocabulary.ts';

export interface Decoding {
  /** Role or node → node. */
  readonly bind: (name: string) => NodeName | undefined;
  /** What `bind` knows, for the hint. */
  readonly names: readonly string[];
  readonly checks: Catalogue['checks'];
  /** The id of a step, as written → the earlier step that it means in the list of a run. */
  readonly step?: ((name: string) => StepId | undefined) | undefined;
  /** The data went through the expressions: a number or a boolean they gave becomes text where text is wanted. */
  readonly evaluated: boolean;
}

export type Decodes<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly mistakes: readonly Mistake[] };

/** Nothing to bind and no checks: for files that speak of neither. */
export const plainDecoding: Decoding = { bind: () => undefined, names: [], checks: new Map(), evaluated: false };

/** Checks the data against the schema, then turns every marked value into what the code works with; absent values get their default. */
export function decode<S extends TSchema>(schema: S, data: unknown, decoding: Decoding): Decodes<Static<S>> {
  const json = schema as unknown as Json;
  const ready = decoding.evaluated ? textsWanted(json, data) : data;
  const mistakes = [...mistakesIn(schema, ready)];
  if (mistakes.length > 0) return { ok: false, mistakes };
  const value = valueOf(json, ready, [], decoding, mistakes);
  return mistakes.length > 0 ? { ok: false, mistakes } : { ok: true, value: value as Static<S> };
}

function valueOf(schema: Json, value: unknown, path: Path, decoding: Decoding, mistakes: Mistake[]): unknown {
  const mark = schema['x-lifeboat'] as Mark | undefined;
  if (mark !== undefined) return markedValue(mark, value, path, decoding, mistakes);
  const chosen = branchFor(schema, value);
  if (chosen !== schema) return valueOf(chosen, value, path, decoding, mistakes);
  if (isHole(value)) {
    refused(mistakes, holeMistake(value, path, 'a value that must be known'));
    return;
  }
  if (Array.isArray(value)) {
    const items = schema['items'] as Json | undefined;
    return items ? value.map((one, index) => valueOf(items, one, [...path, index], decoding, mistakes)) : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, one]) => {
    const property = propertyOf(schema, key);
    return [key, property ? valueOf(property, one, [...path, key], decoding, mistakes) : one] as const;
  });
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Json>>;
  for (const [key, property] of Object.entries(properties)) {
    if (property['default'] !== undefined && !Object.hasOwn(value, key))
      entries.push([key, valueOf(property, property['default'], [...path, key], decoding, mistakes)]);
  }
  return Object.fromEntries(entries);
}

function markedValue(mark: Mark, value: unknown, path: Path, decoding: Decoding, mistakes: Mistake[]): unknown {
  if (mark === 'text') return value;
  if (isHole(value)) {
    refused(mistakes, holeMistake(value, path, kinds[mark].a));
    return;
  }
  if (mark === 'check') return checkOf(value, path, decoding, mistakes);
  const text = String(value);
  const decoded: unknown =
    mark === 'node' ? decoding.bind(text) : mark === 'step' ? decoding.step?.(text) : parsers[mark](text);
  if (decoded !== undefined) return decoded;
  mistakes.push(
    mark === 'node'
      ? nodeMistake(text, path, decoding.names)
      : {
          path,
          part: 'value',
          message: `${placeWords(path)} must be ${kinds[mark].a}, not ${describe(value)}`,
          hint: kinds[mark].like,
        },
  );
  return undefined;
}

const parsers = { duration: parseDuration, bytes: parseBytes, lsn: parseLsn, timestamp: parseInstant };

export const nodeMistake = (name: string, path: Path, names: readonly string[]): Mistake => ({
  path,
  part: 'value',
  message: `no role or node is named ${describe(name)}`,
  hint:
    name === 'each'
      ? '"each" is a node in a step that has each: nodes, standbys or others'
      : (meant(name, names, 'these are known') ?? 'declare it under roles'),
});

const holeMistake = ({ hole, after }: Hole, path: Path, kind: string): Mistake => ({
  path,
  part: 'value',
  message: `${placeWords(path)} is ${kind}, and \${{ ${hole} }} is known only after step "${after}"`,
  hint: 'only a text can wait for a step',
});

function refused(mistakes: Mistake[], mistake: Mistake): undefined {
  mistakes.push(mistake);
  return undefined;
}

function checkOf(value: unknown, path: Path, decoding: Decoding, mistakes: Mistake[]): Check | undefined {
  const read = readCheck(value, decoding.checks, decoding.evaluated, path);
  if (!read.ok) {
    mistakes.push(...read.mistakes);
    return undefined;
  }
  const { name, kind, on, params } = read;
  const decoded = decode(kind.params, params, decoding);
  if (!decoded.ok) {
    mistakes.push(...decoded.mistakes.map(one => ({ ...one, path: [...path, ...one.path] })));
    return undefined;
  }
  const node = decoding.bind(on);
  if (node === undefined) mistakes.push(nodeMistake(on, [...path, 'on'], decoding.names));
  return node && { check: name, on: node, with: decoded.value };
}
