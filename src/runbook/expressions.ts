// Expressions checked on paper: unknown names, wrong types, values that cannot be there yet.

import type { Environment } from '@marcbachmann/cel-js';
import type { ParamDeclaration, ParamType } from './book-types.ts';
import {
  celError,
  dashed,
  type Expression,
  newEnvironment,
  parseExpression,
  type Reference,
  spelling,
} from './expression-language.ts';
import { meant } from './nearest.ts';
import { pieces } from './templates.ts';

/** The names that an expression at one place of a book may speak of. */
export interface Names {
  readonly params: Readonly<Record<string, ParamDeclaration>>;
  readonly roles: readonly string[];
  /** Steps that come before. */
  readonly earlier: readonly string[];
  /** Every step of the book, for a message about one that comes later. */
  readonly all: readonly string[];
  /** Steps that stand for several, by the reason: their outputs have no one name. */
  readonly several: ReadonlyMap<string, string>;
  /** Of these, the ones before that are repeated for the same nodes as the step at this place. */
  readonly twins: readonly string[];
  readonly facts: readonly string[] | undefined;
}

export type ValueType = 'text' | 'int' | 'number' | 'bool' | 'any';

export interface ExpressionMistake {
  readonly message: string;
  readonly hint: string | undefined;
  /** The part of the text that is wrong. */
  readonly within: string;
}

/** What a text will be: its mistakes, and where it is one whole expression, the type of its value. */
export interface CheckedText {
  readonly mistakes: readonly ExpressionMistake[];
  readonly type: ValueType;
  /** The declared type of the parameter, where the text is that parameter and nothing else. */
  readonly param: { readonly name: string; readonly type: ParamType } | undefined;
  /** Outputs of earlier steps it speaks of: it may be a hole while planning. */
  readonly waitsFor: readonly string[];
}

export function checkText(text: string, names: Names): CheckedText {
  const parts = pieces(text);
  if (!parts) {
    const within = text.slice(text.lastIndexOf('${{'));
    return { ...plain, mistakes: [{ message: 'the expression has no end', hint: 'close it with }}', within }] };
  }
  const checked = parts.flatMap(part => ('text' in part ? [] : [checkExpression(part.expression, names)]));
  const whole = parts.length === 1 && checked.length === 1 ? checked[0] : undefined;
  return {
    mistakes: checked.flatMap(one => one.mistakes),
    type: whole?.type ?? 'text',
    param: whole?.param,
    waitsFor: checked.flatMap(one => one.waitsFor),
  };
}
const plain: CheckedText = { mistakes: [], type: 'text', param: undefined, waitsFor: [] };

export function checkExpression(written: string, names: Names): CheckedText {
  const expression = parseExpression(written);
  if (!('references' in expression)) return { ...plain, type: 'any', mistakes: [expression] };
  const unknown = expression.references.flatMap(reference => unknownIn(reference, names, written));
  if (unknown.length > 0) return { ...plain, type: 'any', mistakes: unknown.slice(0, 1) };
  const { type, mistake } = typeOf(expression, names, written);
  const { only, references } = expression;
  const declared = only?.root === 'params' ? own(names.params, only.name) : undefined;
  return {
    mistakes: mistake ? [mistake] : [],
    type,
    param: only && declared && { name: only.name, type: declared.type },
    waitsFor: references
      .filter(({ root }) => root === 'steps')
      .map(({ name, field }) => `steps.${dashed(name)}.${field ?? ''}`),
  };
}

export const own = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

function unknownIn(reference: Reference, names: Names, written: string): ExpressionMistake[] {
  const { root, field } = reference;
  const name = root === 'params' || root === 'env' ? reference.name : dashed(reference.name);
  const mistake = (message: string, hint: string | undefined): ExpressionMistake[] => [
    { message, hint, within: written.slice(reference.from, reference.to).trim() },
  ];
  const known = (all: readonly string[]): boolean => all.some(one => spelling(one) === spelling(name));
  switch (root) {
    case 'params': {
      const all = Object.keys(names.params);
      if (all.includes(name)) return [];
      return mistake(
        `no parameter is named "${name}"`,
        meant(name, all, 'the parameters') ?? 'declare it under params',
      );
    }
    case 'roles':
      return known(names.roles)
        ? []
        : mistake(`no role is named "${name}"`, meant(name, names.roles, 'the roles') ?? 'declare it under roles');
    case 'nodes':
      if (!known(names.roles))
        return mistake(`no role is named "${name}"`, meant(name, names.roles, 'the roles') ?? 'declare it under roles');
      if (!names.facts || names.facts.includes(field ?? '')) return [];
      return mistake(`no fact is named "${field ?? ''}"`, meant(field ?? '', names.facts, 'the facts'));
    case 'cluster':
      return name === 'name' ? [] : mistake(`a cluster has no "${name}"`, 'only cluster.name');
    case 'steps':
      return unknownStep(name, names, mistake, known);
    case 'env':
      return [];
  }
}

function unknownStep(
  name: string,
  names: Names,
  mistake: (message: string, hint: string | undefined) => ExpressionMistake[],
  known: (all: readonly string[]) => boolean,
): ExpressionMistake[] {
  const several = [...names.several].find(([id]) => spelling(id) === spelling(name));
  if (several) return mistake(`"${several[0]}" ${several[1]}: it has no outputs of its own`, 'name a plain step');
  if (known(names.earlier)) return [];
  if (known(names.all))
    return mistake(
      `step "${name}" has not run yet at this place`,
      'an expression can use the outputs of earlier steps only',
    );
  return mistake(
    `no step is named "${name}"`,
    meant(name, names.earlier, 'the earlier steps') ?? 'no step comes before this one',
  );
}

const celTypes: Readonly<Partial<Record<ParamType, string>>> = {
  duration: 'string',
  bytes: 'string',
  timestamp: 'string',
  lsn: 'string',
  node: 'string',
  string: 'string',
  enum: 'string',
  int: 'int',
  bool: 'bool',
};
const valueTypes: Readonly<Record<string, ValueType>> = {
  string: 'text',
  int: 'int',
  uint: 'int',
  double: 'number',
  bool: 'bool',
  dyn: 'any',
};

function typeOf({ text }: Expression, names: Names, written: string): { type: ValueType; mistake?: ExpressionMistake } {
  const result = declared(names).check(text);
  if (!result.valid) {
    const { summary, range } = celError(result.error);
    const within = written.slice(range?.from ?? 0, range?.to ?? written.length).trim();
    return {
      type: 'any',
      mistake: {
        message: `the types do not fit: ${plainTypes(summary)}`,
        hint: 'string(…) and int(…) convert',
        within,
      },
    };
  }
  const type = valueTypes[result.type ?? ''];
  if (type !== undefined) return { type };
  return {
    type: 'any',
    mistake: {
      message: `the expression gives a ${plainTypes(result.type ?? 'value')}`,
      hint: 'it must give text, a number, or true or false',
      within: written.trim(),
    },
  };
}

const plainTypes = (summary: string): string =>
  summary
    .replace(/^no such overload: /, '')
    .replace(/^found no matching overload for /, 'no ')
    .replace(/\b(list|map)<.*>/g, (_whole, kind: string) => (kind === 'list' ? 'list' : 'mapping'))
    .replace(/\bstring\b/g, 'text');

const plainName = /^[a-z][a-z0-9_]*$/;
/** By the declarations, then by the roles: one book needs one or two of them, and each takes milliseconds to make. */
const environments = new WeakMap<Names['params'], Map<string, Environment>>();
function declared(names: Names): Environment {
  const ofBook = environments.get(names.params) ?? new Map<string, Environment>();
  environments.set(names.params, ofBook);
  const made = ofBook.get(names.roles.join());
  if (made) return made;
  // The book may be wrong elsewhere: names and types that are none are left out here.
  const params = Object.entries(names.params).flatMap(([name, { type }]) => {
    const cel = celTypes[type];
    return plainName.test(name) && cel !== undefined ? [[name, cel] as const] : [];
  });
  const roles = names.roles.map(spelling).filter(role => plainName.test(role));
  const environment = newEnvironment()
    .registerVariable({
      name: 'params',
      schema: Object.fromEntries(params),
    })
    .registerVariable({ name: 'roles', schema: Object.fromEntries(roles.map(role => [role, 'string'])) })
    .registerVariable({ name: 'cluster', schema: { name: 'string' } })
    .registerVariable('nodes', 'map')
    .registerVariable('steps', 'map')
    .registerVariable('env', 'map<string, string>');
  ofBook.set(names.roles.join(), environment);
  return environment;
}
