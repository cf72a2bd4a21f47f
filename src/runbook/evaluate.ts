// Expressions evaluated: a text that is one expression becomes its value, others become text, what is not known yet a hole.

import { Fault } from '../faults.ts';
import type { Hole, ParamValue } from './book-types.ts';
import {
  celError,
  dashed,
  newEnvironment,
  parseExpression,
  type Reference,
  type Root,
  roots,
  spelling,
} from './expression-language.ts';
import { isHole, type Scope } from './scope.ts';
import { escaped, hasExpression, pieces } from './templates.ts';

const environment = newEnvironment();
for (const root of roots) environment.registerVariable(root, 'map');

/** The subject of `matches` could otherwise keep the matcher busy. */
const longestMatched = 300;

/**
 * Every text in the value, however deep, with its expressions replaced. Holes stay. The result is data: it becomes an
 * argument or a statement's parameter, never a piece of shell.
 *
 * @throws Fault `invalid` where an expression cannot be evaluated
 */
export function evaluate(value: unknown, scope: Scope): unknown {
  if (typeof value === 'string') return value.includes('${{') ? evaluateText(value, scope) : value;
  return through(value, one => evaluate(one, scope));
}

/**
 * The same for what is known at the start of a run; expressions about nodes and steps stay as they are. What is put in
 * is escaped, since the rest is evaluated later: a parameter must not smuggle an expression in.
 */
export function freeze(
  value: unknown,
  scope: Omit<Scope, 'nodes' | 'steps' | 'env'> & Partial<Pick<Scope, 'env'>>,
): unknown {
  if (typeof value !== 'string') return through(value, one => freeze(one, scope));
  if (!hasExpression(value)) return value;
  const parts = pieces(value) ?? [];
  const known = (references: readonly Reference[]): boolean =>
    references.every(({ root }) => root !== 'nodes' && root !== 'steps' && (root !== 'env' || scope.env !== undefined));
  const full: Scope = { ...scope, nodes: () => undefined, steps: () => undefined, env: scope.env ?? (() => undefined) };
  const frozen = parts.map((part): Frozen => {
    if ('text' in part) return { value: part.text };
    const expression = parseExpression(part.expression);
    if (!('references' in expression) || !known(expression.references)) return { source: part.source };
    const result = evaluateExpression(part.expression, full);
    return isHole(result) ? { source: part.source } : { value: result };
  });
  const [only, ...others] = frozen;
  if (only && 'value' in only && others.length === 0 && typeof only.value !== 'string') return only.value;
  return written(frozen);
}

type Frozen = { readonly value: ParamValue } | { readonly source: string };

/** As the text of a file again. Neighbours are joined before they are escaped: a dollar and braces may come from two parameters. */
function written(parts: readonly Frozen[]): string {
  let whole = '';
  let text = '';
  for (const part of parts) {
    if ('value' in part) {
      text += String(part.value);
      continue;
    }
    // A dollar right before an expression would read as its escape, so it becomes an expression too.
    whole += escaped(text).replace(/\$+$/, dollars => `\${{ '${dollars}' }}`) + part.source;
    text = '';
  }
  return whole + escaped(text);
}

function through(value: unknown, change: (one: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(change);
  if (typeof value !== 'object' || value === null || isHole(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, change(one)]));
}

function evaluateText(text: string, scope: Scope): unknown {
  const parts = pieces(text);
  if (!parts) throw new Fault('invalid', `the expression in "${text}" has no end`);
  const values = parts.map(part => ('text' in part ? part.text : evaluateExpression(part.expression, scope)));
  if (values.length === 1) return values[0];
  const waiting = values.filter(isHole).at(-1);
  if (!waiting) return values.map(String).join('');
  return {
    hole: values.map(value => (isHole(value) ? value.hole : String(value))).join(''),
    after: waiting.after,
  } satisfies Hole;
}

/** One expression, without its braces. */
export function evaluateExpression(written: string, scope: Scope): ParamValue | Hole {
  const expression = parseExpression(written);
  if (!('references' in expression))
    throw new Fault(
      'invalid',
      `${expression.message}: ${written.trim()}`,
      expression.hint === undefined ? {} : { hint: expression.hint },
    );
  const context = Object.fromEntries(roots.map(root => [root, {}])) as Record<Root, Record<string, unknown>>;
  let waiting: Hole | undefined;
  for (const reference of expression.references) {
    const value = lookUp(reference, scope);
    if (value === undefined)
      throw new Fault('invalid', unknownNow(reference), { hint: `it stands in \${{ ${written.trim()} }}` });
    if (isHole(value)) waiting = value;
    else put(context, reference, value, expression.text.includes('matches'));
  }
  if (waiting) return { hole: written.trim(), after: waiting.after };
  try {
    return plainOf(environment.evaluate(expression.text, context), written);
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    throw new Fault('invalid', `the expression cannot be evaluated: ${celError(thrown).summary}`, {
      hint: `it stands in \${{ ${written.trim()} }}`,
      cause: thrown,
    });
  }
}

function lookUp({ root, name, field }: Reference, scope: Scope): ParamValue | Hole | undefined {
  const named = (record: Readonly<Record<string, unknown>>): string =>
    Object.keys(record).find(one => spelling(one) === spelling(name)) ?? name;
  switch (root) {
    case 'params':
      return Object.hasOwn(scope.params, name) ? scope.params[name] : undefined;
    case 'roles':
      return Object.hasOwn(scope.roles, named(scope.roles)) ? scope.roles[named(scope.roles)] : undefined;
    case 'cluster':
      return name === 'name' ? scope.cluster : undefined;
    case 'nodes':
      return scope.nodes(named(scope.roles), field ?? '');
    case 'steps':
      return scope.steps(dashed(name), field ?? '');
    case 'env':
      return scope.env(name);
  }
}

function unknownNow({ root, name, field }: Reference): string {
  switch (root) {
    case 'nodes':
      return `${dashed(name)} does not say its ${field ?? ''}`;
    case 'steps':
      return `step "${dashed(name)}" gave no "${field ?? ''}"`;
    case 'env':
      return `the environment variable ${name} is not set`;
    case 'params':
    case 'roles':
    case 'cluster':
      return `${root}.${name} is not known`;
  }
}

function put(
  context: Record<Root, Record<string, unknown>>,
  { root, name, field }: Reference,
  value: ParamValue,
  matched: boolean,
): void {
  if (matched && typeof value === 'string' && value.length > longestMatched)
    throw new Fault('invalid', `${root}.${name} is too long to be matched: ${value.length} characters`, {
      hint: 'use startsWith, endsWith or contains',
    });
  const cel = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
  if (field === undefined) context[root][name] = cel;
  else context[root][name] = { ...(context[root][name] as object | undefined), [field]: cel };
}

function plainOf(result: unknown, written: string): ParamValue {
  if (typeof result === 'bigint') return Number(result);
  if (typeof result === 'string' || typeof result === 'boolean') return result;
  if (typeof result === 'number' && Number.isFinite(result)) return result;
  throw new Fault('invalid', `\${{ ${written.trim()} }} gives neither text nor a number nor true or false`);
}
