// The values of a step when its turn to be planned has come: expressions evaluated, checked against the schema, decoded.

import { type TSchema, Type } from 'typebox';
import { Fault } from '../faults.ts';
import type { NodeName } from '../ports.ts';
import type { Check, Hole, Step } from './book-types.ts';
import type { Catalogue } from './catalogue.ts';
import { decode, type Decoding } from './decode.ts';
import { evaluate, evaluateExpression } from './evaluate.ts';
import { type Checked, placeless, right, wrong } from './problems.ts';
import type { Mistake } from './mistake.ts';
import { isHole, type Scope } from './scope.ts';
import { check } from './vocabulary.ts';

/**
 * The parameters of the step's action, typed as the action declares them.
 *
 * @param nodes names of the cluster's nodes, which a step may use beside its roles
 */
export function stepParams(
  step: Step,
  schema: TSchema,
  scope: Scope,
  checks: Catalogue['checks'],
  nodes: readonly NodeName[] = [],
): Checked<unknown> {
  return guarded(step, () => {
    const own = within(step, scope);
    const decoded = decode(schema, evaluate(step.with, own), decodingOf(step, own, checks, nodes));
    return decoded.ok ? right(decoded.value) : wrong(decoded.mistakes.map(one => problemOf(step, 'with', one)));
  });
}

/** The checks of the step's `require` or `expect`, bound and typed. */
export function stepChecks(
  step: Step,
  written: readonly unknown[],
  scope: Scope,
  checks: Catalogue['checks'],
  nodes: readonly NodeName[] = [],
): Checked<readonly Check[]> {
  return guarded(step, () => {
    const own = within(step, scope);
    const decoded = decode(listOfChecks, evaluate(written, own), decodingOf(step, own, checks, nodes));
    return decoded.ok ? right(decoded.value) : wrong(decoded.mistakes.map(one => problemOf(step, 'checks', one)));
  });
}
const listOfChecks = Type.Array(check());

/** Whether the step is to be done; a hole where that is known only after an earlier step. */
export function stepCondition(step: Step, scope: Scope): Checked<boolean | Hole> {
  return guarded(step, () => {
    if (step.if === undefined) return right(true);
    const expression = /^\s*\$\{\{([^]*)\}\}\s*$/.exec(step.if)?.[1] ?? step.if;
    const value = evaluateExpression(expression, within(step, scope));
    if (typeof value === 'boolean' || isHole(value)) return right(value);
    throw new Fault('invalid', `"if" must be true or false, and ${expression.trim()} is ${JSON.stringify(value)}`);
  });
}

/** The names of a nested book's steps mean its own: `steps.stop` within `rejoin/start` is `rejoin/stop`. */
function within(step: Step, scope: Scope): Scope {
  const prefix = step.id.slice(0, step.id.lastIndexOf('/') + 1);
  const repeated = /\[[^\]]*\]$/.exec(step.id)?.[0] ?? '';
  return {
    ...scope,
    // Of a step that is repeated as this one is, the one for the same node is meant.
    step: id => scope.step?.(`${prefix}${id}`) ?? scope.step?.(`${prefix}${id}${repeated}`),
    params: step.params,
    roles: step.roles,
    steps: (id, output) => scope.steps(`${prefix}${id}`, output),
  };
}

function decodingOf(step: Step, scope: Scope, checks: Catalogue['checks'], nodes: readonly NodeName[]): Decoding {
  const known = new Set<NodeName>([...Object.values(step.roles), ...nodes]);
  return {
    bind: name => (Object.hasOwn(step.roles, name) ? step.roles[name] : [...known].find(node => node === name)),
    names: [...Object.keys(step.roles), ...known],
    checks,
    step: scope.step,
    evaluated: true,
  };
}

function guarded<T>(step: Step, read: () => Checked<T>): Checked<T> {
  try {
    return read();
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    return wrong([placeless(step.at.file, `step "${step.id}": ${thrown.message}`, thrown.hint, step.at.line)]);
  }
}

const problemOf = (step: Step, where: string, { path, message, hint }: Mistake): ReturnType<typeof placeless> =>
  placeless(step.at.file, `step "${step.id}", ${[where, ...path].join('.')}: ${message}`, hint, step.at.line);
