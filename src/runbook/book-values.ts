// The values of a step on paper: expressions that fit their place, roles that exist, checks that are ones.

import { parseLsn } from '../postgres/lsn.ts';
import { parseBytes, parseDuration, parseInstant } from '../time.ts';
import type { Catalogue } from './catalogue.ts';
import { readCheck } from './check-schema.ts';
import { nodeMistake } from './decode.ts';
import { type CheckedText, checkText, type Names } from './expressions.ts';
import { type Place, placesOf } from './marks.ts';
import type { Json, Mistake, Path } from './mistake.ts';
import { namedStepMistake } from './named-step.ts';
import { describe, kinds, placeWords } from './schema-words.ts';
import { hasExpression } from './templates.ts';

/** What is known at one place of a book. */
export interface Paper {
  readonly catalogue: Catalogue;
  readonly names: Names;
  /** What a step may write where a node is wanted. */
  readonly nodes: readonly string[];
  /** Values here are needed when the run begins: no step and no node can be asked for them. */
  readonly early?: boolean;
}

export function valueMistakes(schema: Json, value: unknown, path: Path, paper: Paper): Mistake[] {
  if (value === undefined) return [];
  return placesOf(schema, value, path).flatMap(place => {
    if (hasExpression(place.value)) return expressionMistakes(place.value, place, paper);
    if (place.mark === 'check') return checkMistakes(place.value, place.path, paper);
    return typeof place.value === 'string' ? literalMistakes(place.value, place, paper) : [];
  });
}

export function checkMistakes(value: unknown, path: Path, paper: Paper): Mistake[] {
  const read = readCheck(value, paper.catalogue.checks, false, path);
  if (!read.ok) return [...read.mistakes];
  const on: Place = { path: [...path, 'on'], value: read.on, schema: {}, mark: 'node' };
  return [
    ...(hasExpression(read.on) ? expressionMistakes(read.on, on, paper) : literalMistakes(read.on, on, paper)),
    ...valueMistakes(read.kind.params as unknown as Json, read.params, path, paper),
  ];
}

function literalMistakes(value: string, { path, mark }: Place, { nodes, names }: Paper): Mistake[] {
  if (mark === 'step') return namedStepMistake(value, path, names);
  if (mark === 'node') return nodes.includes(value) ? [] : [nodeMistake(value, path, nodes)];
  const parse = mark && parsers[mark];
  if (!mark || !parse || parse(value) !== undefined) return [];
  const hint =
    mark === 'timestamp' && /^\d{4}-/.test(value)
      ? 'add the zone: without it the time means another moment on another machine'
      : kinds[mark].like;
  return [
    { path, part: 'value', message: `${placeWords(path)} must be ${kinds[mark].a}, not ${describe(value)}`, hint },
  ];
}

const parsers: Readonly<Partial<Record<string, (text: string) => unknown>>> = {
  duration: parseDuration,
  bytes: parseBytes,
  lsn: parseLsn,
  timestamp: parseInstant,
};

function expressionMistakes(text: string, place: Place, paper: Paper): Mistake[] {
  const checked = checkText(text, paper.names);
  const { path } = place;
  if (checked.mistakes.length > 0) return checked.mistakes.map(one => ({ path, part: 'value', ...one }));
  const wrong = misfit(checked, place) ?? tooEarly(checked, text, place, paper);
  return wrong ? [{ path, part: 'value', ...wrong }] : [];
}

interface Wrong {
  readonly message: string;
  readonly hint: string;
}

/** What the expression gives, held against what is wanted at its place. */
function misfit({ type, param }: CheckedText, { path, mark, schema }: Place): Wrong | undefined {
  const where = placeWords(path);
  if (mark === 'check' || schema['type'] === 'object' || schema['type'] === 'array')
    return {
      message: `${where} must be written out: an expression gives one value`,
      hint: 'put expressions inside it',
    };
  if (mark === 'step')
    return { message: `${where} must be written out: it names a step of this book`, hint: kinds.step.like };
  if (mark !== undefined && mark !== 'text') {
    const wanted: string = mark;
    const right = param
      ? param.type === wanted || param.type === 'string' || param.type === 'enum'
      : type === 'text' || type === 'any';
    if (right) return undefined;
    const found = param
      ? `parameter "${param.name}" is declared as ${param.type}`
      : `this expression gives ${named[type]}`;
    return {
      message: `${where} must be ${kinds[mark].a}, and ${found}`,
      hint: param ? `declare it with type: ${wanted}` : kinds[mark].like,
    };
  }
  const wants = schema['type'];
  const fits =
    type === 'any' ||
    (wants === 'boolean'
      ? type === 'bool'
      : wants === 'integer'
        ? type === 'int'
        : wants === 'number'
          ? type === 'int' || type === 'number'
          : true);
  const wanted = wants === 'boolean' ? 'true or false' : 'a number';
  return fits
    ? undefined
    : {
        message: `${where} must be ${wanted}, and this expression gives ${named[type]}`,
        hint: wants === 'boolean' ? 'compare: … == …' : 'int(…) converts a text',
      };
}

const named: Readonly<Record<CheckedText['type'], string>> = {
  text: 'text',
  int: 'a whole number',
  number: 'a number',
  bool: 'true or false',
  any: 'a value',
};

/** A plan cannot be made from values that are not there: only a text may have a hole in it. */
function tooEarly({ waitsFor }: CheckedText, text: string, { path, mark }: Place, { early }: Paper): Wrong | undefined {
  const where = placeWords(path);
  if (early && /\b(steps|nodes)\s*[.[]/.test(text))
    return { message: `${where} must be known when the run begins`, hint: 'it can use params, roles, cluster and env' };
  if (waitsFor[0] === undefined || mark === 'text') return undefined;
  return {
    message: `${where} must be known before the steps run, and ${waitsFor[0]} is not`,
    hint: 'only a text can wait for a step; facts are there: nodes.ROLE.FACT',
  };
}
