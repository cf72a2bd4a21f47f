// What must hold in a runbook beyond its shape: names that exist, steps in order, parameters that fit.

import { nestedBook } from './book-schema.ts';
import type { ParamDeclaration } from './book-types.ts';
import type { Catalogue } from './catalogue.ts';
import { checkMistakes, type Paper, valueMistakes } from './book-values.ts';
import { checkExpression, type Names } from './expressions.ts';
import type { Mistake, Path } from './mistake.ts';
import { kebab, ownedByLanguage, reserved } from './names.ts';
import { meant, nearest } from './nearest.ts';
import { paramValue } from './params.ts';
import { mistakesIn } from './schema-check.ts';
import { describe } from './schema-words.ts';
import { duration } from './vocabulary.ts';

type Data = Readonly<Record<string, unknown>>;
const isMapping = (value: unknown): value is Data =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as readonly unknown[]) : []);

/** Goes through data whose shape may be wrong: what has the wrong shape is passed over here, the schema has said so. */
export function bookMistakes(data: Data, catalogue: Catalogue, nodes: readonly string[]): Mistake[] {
  const roles = listOf(data['roles']).filter(role => typeof role === 'string');
  const params = declarations(data['params']);
  const steps = listOf(data['steps']).map(step => (isMapping(step) ? step : {}));
  return [
    ...roleMistakes(roles),
    ...paramMistakes(data['params'], params),
    ...idMistakes(steps),
    ...steps.flatMap((step, index) => {
      const names = namesAt(steps, index, params, roles, catalogue);
      return stepMistakes(step, ['steps', index], { catalogue, names, nodes: [...names.roles, ...nodes] });
    }),
  ];
}

function roleMistakes(roles: readonly string[]): Mistake[] {
  return roles.flatMap((role, index) =>
    reserved.has(role) || ownedByLanguage(role)
      ? [said(['roles', index], `a role cannot be called "${role}"`, 'the word has a meaning of its own')]
      : [],
  );
}

function declarations(written: unknown): Readonly<Record<string, ParamDeclaration>> {
  if (!isMapping(written)) return {};
  const entries = Object.entries(written).map(([name, one]): [string, ParamDeclaration] => {
    const { type, values } = isMapping(one) ? one : {};
    return [
      name,
      {
        type: (typeof type === 'string' ? type : 'string') as ParamDeclaration['type'],
        description: undefined,
        default: undefined,
        values: listOf(values).filter(value => typeof value === 'string'),
      },
    ];
  });
  return Object.fromEntries(entries);
}

function paramMistakes(written: unknown, params: Readonly<Record<string, ParamDeclaration>>): Mistake[] {
  if (!isMapping(written)) return [];
  return Object.entries(params).flatMap(([name, declaration]) => {
    const one = written[name];
    if (!isMapping(one)) return [];
    const path = ['params', name];
    if (ownedByLanguage(name))
      return [said(path, `a parameter cannot be called "${name}"`, 'choose another name', 'key')];
    if (declaration.type === 'enum' && one['values'] === undefined)
      return [said(path, `"${name}" is an enum without values`, 'add values: [one, other]', 'key')];
    if (declaration.type !== 'enum' && one['values'] !== undefined)
      return [
        said(
          [...path, 'values'],
          `only an enum has values, "${name}" is ${describe(declaration.type)}`,
          'type: enum',
          'key',
        ),
      ];
    if (one['default'] === undefined) return [];
    const read = known(declaration) ? paramValue(declaration, one['default'], 'file') : { value: '' };
    return 'value' in read ? [] : [said([...path, 'default'], `the default of "${name}" ${read.message}`, read.hint)];
  });
}

const known = ({ type }: ParamDeclaration): boolean =>
  ['duration', 'bytes', 'timestamp', 'lsn', 'node', 'int', 'string', 'bool', 'enum'].includes(type);

function idMistakes(steps: readonly Data[]): Mistake[] {
  const first = new Map<unknown, number>();
  return steps.flatMap(({ id }, index) => {
    if (typeof id !== 'string') return [];
    const before = first.get(id);
    if (before === undefined) first.set(id, index);
    return before === undefined
      ? []
      : [
          said(
            ['steps', index, 'id'],
            `step ${before + 1} is already called "${id}"`,
            `give this one another id, such as ${id}-again`,
          ),
        ];
  });
}

function namesAt(
  steps: readonly Data[],
  index: number,
  params: Readonly<Record<string, ParamDeclaration>>,
  roles: readonly string[],
  catalogue: Catalogue,
): Names {
  const ids = steps.map(({ id }) => (typeof id === 'string' ? id : ''));
  const several = steps.flatMap(({ id, each, action }): [string, string][] => {
    if (typeof id !== 'string') return [];
    if (each !== undefined) return [[id, 'is done once for each node']];
    return action === nestedBook.name ? [[id, 'stands for the steps of another book']] : [];
  });
  const each = steps[index]?.['each'];
  const twins = each === undefined ? [] : steps.slice(0, index).filter(one => one['each'] === each);
  return {
    params,
    roles: each === undefined ? roles : [...roles, 'each'],
    earlier: ids.slice(0, index).filter(id => id !== ''),
    all: ids,
    several: new Map(several),
    twins: twins.flatMap(({ id, action }) => (typeof id === 'string' && action !== nestedBook.name ? [id] : [])),
    facts: catalogue.facts,
  };
}

function stepMistakes(step: Data, path: Path, paper: Paper): Mistake[] {
  return [
    ...actionMistakes(step, path, paper),
    ...nestedMistakes(step, path),
    ...eachMistakes(step, path, paper),
    ...conditionMistakes(step['if'], [...path, 'if'], paper.names),
    ...valueMistakes({ type: 'string' }, step['title'], [...path, 'title'], { ...paper, early: true }),
    ...valueMistakes(duration() as unknown as Data, step['timeout'], [...path, 'timeout'], { ...paper, early: true }),
    ...['require', 'expect'].flatMap(list =>
      listOf(step[list]).flatMap((check, index) => checkMistakes(check, [...path, list, index], paper)),
    ),
  ];
}

function actionMistakes(step: Data, path: Path, paper: Paper): Mistake[] {
  const { action: name, with: written = {} } = step;
  if (typeof name !== 'string' || !isMapping(written)) return [];
  const names = [...paper.catalogue.actions.keys(), nestedBook.name];
  const action = name === nestedBook.name ? nestedBook : paper.catalogue.actions.get(name);
  if (!action) {
    const check = paper.catalogue.checks.has(name) && nearest(name, names) === undefined;
    const hint = check ? `"${name}" is a check: it belongs under require or expect` : meant(name, names, 'the actions');
    return [said([...path, 'action'], `no action is named ${describe(name)}`, hint)];
  }
  const at = [...path, 'with'];
  const shape = mistakesIn(action.params, written, at);
  const missing =
    step['with'] === undefined
      ? shape.map(one => ({ ...one, path: [...path, 'action'] as Path, part: 'value' as const }))
      : shape;
  const values = valueMistakes(action.params as unknown as Data, written, at, {
    ...paper,
    early: action === nestedBook,
  });
  return [
    ...missing,
    ...values,
    ...(action === nestedBook ? boundMistakes(written['bind'], [...at, 'bind'], paper) : []),
  ];
}

/** What a step that stands for others cannot have: they have their own. */
function nestedMistakes(step: Data, path: Path): Mistake[] {
  if (step['action'] !== nestedBook.name) return [];
  const own = ['retry', 'timeout', 'on_failure', 'require', 'expect'].filter(key => step[key] !== undefined);
  const speaksOfSteps = typeof step['if'] === 'string' && /\b(steps|nodes)\s*[.[]/.test(step['if']);
  return [
    ...own.map(key => said([...path, key], `a nested book has no "${key}" of its own`, 'its steps have theirs', 'key')),
    ...(speaksOfSteps
      ? [
          said(
            [...path, 'if'],
            'whether a book is nested must be known when the run begins',
            'it can use params, roles, cluster and env',
          ),
        ]
      : []),
  ];
}

function eachMistakes(step: Data, path: Path, { names }: Paper): Mistake[] {
  if (step['each'] !== 'standbys' || names.roles.includes('primary')) return [];
  return [
    said(
      [...path, 'each'],
      '"standbys" are all nodes but the one with the role primary, and this book has no such role',
      'add primary to roles, or use each: nodes',
    ),
  ];
}

function boundMistakes(bind: unknown, path: Path, paper: Paper): Mistake[] {
  if (!isMapping(bind)) return [];
  return Object.entries(bind).flatMap(([role, to]) => {
    if (typeof to !== 'string' || !new RegExp(kebab).test(role) || paper.nodes.includes(to)) return [];
    return [
      said(
        [...path, role],
        `no role or node is named ${describe(to)}`,
        meant(to, paper.nodes, 'the roles') ?? 'declare it under roles',
      ),
    ];
  });
}

function conditionMistakes(condition: unknown, path: Path, names: Names): Mistake[] {
  if (typeof condition !== 'string') return [];
  const whole = /^\s*\$\{\{([^]*)\}\}\s*$/.exec(condition)?.[1] ?? condition;
  if (whole.includes('${{'))
    return [
      said(path, '"if" is one expression, not a text with expressions in it', 'write if: ${{ … }} around all of it'),
    ];
  const { mistakes, type } = checkExpression(whole, names);
  if (mistakes.length > 0) return mistakes.map(one => ({ path, part: 'value', ...one }));
  if (type === 'bool' || type === 'any') return [];
  return [
    said(
      path,
      `"if" must be true or false, this expression gives ${type === 'text' ? 'text' : 'a number'}`,
      "compare it with something: params.mode == 'fast'",
    ),
  ];
}

const said = (path: Path, message: string, hint?: string, part: 'key' | 'value' = 'value'): Mistake => ({
  path,
  part,
  message,
  hint,
});
