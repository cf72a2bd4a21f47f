// Planning: each step in turn on what is seen and on what the steps before it promise.

import { type Actions, type AnyAction, isBranches, type Plan } from '../actions/action.ts';
import { kindOf } from '../look/check.ts';
import type { Look } from '../look/look.ts';
import type { Op } from '../ops.ts';
import type { NodeName } from '../ports.ts';
import type { Check, Step, StepId } from '../runbook/book-types.ts';
import type { BoundBook } from './book.ts';
import { fingerprint } from './fingerprint.ts';
import { Assumptions, forecast } from './forecast.ts';
import { guarded } from './guard.ts';
import { never } from './kinds/must.ts';
import { hasNever, isHole, type PlannedOp, type PlannedStep, type ShownPlan, type Way, worstOf } from './planned.ts';
import { type Outputs, scopeOf } from './scope.ts';
import { readStep } from './step-values.ts';
import { views } from './views.ts';

/** The whole plan: data, shown as it is and bound by its fingerprint. Looks, and changes nothing. */
export async function planBook(book: BoundBook, look: Look): Promise<ShownPlan> {
  const assumed = new Assumptions();
  const steps: PlannedStep[] = [];
  const outputs: Outputs = id => (steps.find(step => step.id === id)?.happens === false ? undefined : 'later');
  for (const [index, step] of book.steps.entries()) {
    const planned = await planStep(book, step, index + 1, forecast(look, assumed), outputs, 'with guards');
    steps.push(planned);
    assumed.take(planned, book.checks);
  }
  const looked = new Set(steps.flatMap(readsSince));
  const commit = steps.findIndex(step => step.happens !== false && hasNever(step));
  return {
    book: book.name,
    title: book.title,
    cluster: book.cluster.name,
    inventory: book.inventory,
    started: look.started,
    roles: book.roles,
    views: await views(book, look),
    steps: steps.map(step => (looked.has(step.id) ? { ...step, marked: true } : step)),
    commit: commit === -1 ? null : commit,
    fingerprint: fingerprint(book.name, book.cluster.name, steps),
  };
}

/**
 * One step as this look sees it.
 *
 * @param guards `with guards` while a plan is made; at its turn a step takes the shown plan's, and only holes are looked up.
 */
export async function planStep(
  book: BoundBook,
  step: Step,
  number: number,
  look: Look,
  outputs: Outputs,
  guards: 'with guards' | 'without guards',
): Promise<PlannedStep> {
  const action = actionOf(book.actions, step);
  const values = readStep(book, step, action, await scopeOf(book, step, look, outputs));
  const base = {
    id: step.id,
    number,
    title: step.title,
    action: step.action,
    happens: values.happens,
    retry: step.retry,
    onFailure: step.onFailure,
    ...(step.timeout !== undefined && { timeout: step.timeout }),
  };
  if (values.happens === false) {
    return { ...base, needs: [], ways: [only([])], promise: [], why: 'its condition is false', marked: false };
  }
  const plan = await action.plan(values.params, look);
  const ways = await waysOf(plan, values.expect, look, guards);
  const promise = unique([...plan.promise, ...values.expect]);
  const reach = guards === 'with guards' ? reachNeeds(ways, promise) : [];
  const needs = await Promise.all(
    unique([...values.require, ...plan.needs, ...reach]).map(async check => ({
      check,
      verdict: await kindOf(book.checks, check).test(check.on, check.with, look),
    })),
  );
  return {
    ...base,
    needs,
    ways,
    ...(isBranches(plan.do) && { decidedAfter: plan.do.after }),
    promise,
    ...(!isBranches(plan.do) && plan.do.loss !== undefined && { loss: plan.do.loss }),
    ...(!isBranches(plan.do) && plan.do.why !== undefined && { why: plan.do.why }),
    marked: promise.some(({ check }) => check === 'log'),
  };
}

/** The earlier steps from whose beginning the log checks of this one read: they are marked even where they are left out. */
function readsSince({ needs, promise, ways }: PlannedStep): StepId[] {
  const ops = ways.flatMap(way => way.ops.map(({ op }) => op));
  const awaited = ops.flatMap(op => (op.do.op === 'wait' ? [op.do.until, ...op.done] : op.done));
  return [...needs.map(({ check }) => check), ...promise, ...awaited].flatMap(({ check, with: params }) => {
    const since = check === 'log' ? (params as { readonly since?: StepId }).since : undefined;
    return since === undefined ? [] : [since];
  });
}

const actionOf = (actions: Actions, step: Step): AnyAction =>
  actions.get(step.action) ?? never(`no action is named "${step.action}"`);

const only = (ops: readonly PlannedOp[], name = 'only'): Way => ({
  name,
  when: null,
  ops,
  worst: worstOf(ops.map(({ op }) => op)),
});

async function waysOf(
  plan: Plan,
  expect: readonly Check[],
  look: Look,
  guards: 'with guards' | 'without guards',
): Promise<Way[]> {
  const dress = (ops: readonly Op[]): Promise<PlannedOp[]> =>
    Promise.all(ops.map(async op => (guards === 'with guards' ? guarded(op, look) : { op, guard: null })));
  if (!isBranches(plan.do)) return [only(await dress(plan.do.ops), plan.way)];
  return Promise.all(
    Object.entries(plan.do.oneOf).map(async ([name, { when, ops, worst, promise }]) => ({
      name,
      when,
      ops: await dress(ops),
      worst,
      ...(promise && { promise: unique([...promise, ...expect]) }),
    })),
  );
}

/** A host that is to be changed must answer now; at its turn the op itself finds out. */
function reachNeeds(ways: readonly Way[], promise: readonly Check[]): Check[] {
  const nodes = new Set<NodeName>();
  for (const { op, guard } of ways.flatMap(way => way.ops)) if (guard !== null && op.on !== 'here') nodes.add(op.on);
  for (const check of promise) if (check.check === 'log') nodes.add(check.on);
  return [...nodes].map(on => ({ check: 'reachable', on, with: {} }));
}

function unique(checks: readonly Check[]): Check[] {
  const seen = new Set<string>();
  return checks.filter(check => {
    const key = `${check.check} ${check.on} ${JSON.stringify(check.with, (_k, v: unknown) => (typeof v === 'bigint' ? String(v) : v))}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Where everything of a plan is known: no step waits for a fact. */
export const isDecided = (step: PlannedStep): boolean => step.ways.length === 1 && !isHole(step.happens);
