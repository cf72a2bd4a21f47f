// A step's values at planning: expressions evaluated, parameters checked and typed, checks bound.

import type { TObject } from 'typebox';
import type { AnyAction } from '../actions/action.ts';
import { Fault } from '../faults.ts';
import type { Check, Hole, Step } from '../runbook/book-types.ts';
import { type Checked, problemsText } from '../runbook/problems.ts';
import type { Scope } from '../runbook/scope.ts';
import { stepChecks, stepCondition, stepParams } from '../runbook/step-values.ts';
import type { BoundBook } from './book.ts';

export interface StepValues {
  readonly happens: boolean | Hole;
  readonly params: unknown;
  readonly require: readonly Check[];
  readonly expect: readonly Check[];
}

/** A value that turns out wrong only now (an expression's) is the book's fault, told with its place. */
export function readStep(book: BoundBook, step: Step, action: AnyAction, scope: Scope): StepValues {
  const nodes = book.cluster.nodes.map(({ name }) => name);
  const happens = take(stepCondition(step, scope));
  if (happens === false) return { happens, params: undefined, require: [], expect: [] };
  return {
    happens,
    params: take(stepParams(step, action.params as TObject, scope, book.checks, nodes)),
    require: take(stepChecks(step, step.require, scope, book.checks, nodes)),
    expect: take(stepChecks(step, step.expect, scope, book.checks, nodes)),
  };
}

function take<T>(checked: Checked<T>): T {
  if (checked.ok) return checked.value;
  throw new Fault('invalid', problemsText(checked.problems));
}
