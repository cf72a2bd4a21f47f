// A dry run as JSON: the same that its text says, in a shape that programs can rely on.

import { isHole, type PlannedOp, type PlannedStep, type ShownPlan, type Way } from '../engine/planned.ts';
import { wordsOf } from '../engine/book.ts';
import type { Checks } from '../look/check.ts';
import type { Hole } from '../runbook/book-types.ts';
import { holesIn, wordsOfOp } from './op-words.ts';
import { type Json, plainData } from './plain-data.ts';
import { commandOf, fixesAll, lossAtCommit, numberOf, type PlanContext, refusalsOf } from './plan-words.ts';

/**
 * `{ book, title, cluster, inventory, started, fingerprint, roles, nodes, steps, commit, refusals, command }`.
 *
 * - `nodes[]`: `{ role, node, words }`.
 * - `steps[]`: `{ number, id, title, action, happens, needs, decidedAfter, ways, promise, loss, why, retry, onFailure, timeout }`;
 *   `happens` is true, false, or `{ unknown, afterStep }`; durations are milliseconds.
 * - `needs[]`: `{ check, on, with, words, verdict }`; `promise[]`: `{ check, on, with, words, knownAfterStep }`.
 * - `ways[]`: `{ name, when, undo, promise, ops }` with `undo` one of `free`, `undoable`, `never` and `promise` null, or what it
 *   promises in place of the step's `promise`; `ops[]`: `{ verb, on, text, notes, within,
 *   undo, guard, unknown, do }` with `unknown[]` of `{ unknown, afterStep }` and `do` the op's own data.
 * - `commit`: null, or `{ step, loss }`; a loss is null or `{ bytes, ms, from }`, with null for what cannot be known.
 * - `refusals[]`: `{ step, host, rule, words, expected, found, hint }`; `command` is null where there is one.
 */
export function planJson(plan: ShownPlan, context: PlanContext): Json {
  const { book, title, cluster, inventory, started, fingerprint, roles, views, steps, commit } = plan;
  const refusals = refusalsOf(plan, context.checks);
  return plainData({
    book,
    title,
    cluster,
    inventory,
    started,
    fingerprint,
    roles,
    nodes: views,
    steps: steps.map(step => stepJson(plan, step, context.checks)),
    commit: commit === null ? null : { step: steps[commit]?.id, loss: lossJson(lossAtCommit(plan)) },
    refusals,
    command: refusals.length > 0 ? null : commandOf(plan, context),
  });
}

function stepJson(plan: ShownPlan, step: PlannedStep, checks: Checks) {
  return {
    number: step.number,
    id: step.id,
    title: step.title,
    action: step.action,
    happens: isHole(step.happens) ? holeJson(plan, step.happens) : step.happens,
    needs: step.needs.map(({ check, verdict }) => ({ ...check, words: wordsOf(checks, check), verdict })),
    decidedAfter: step.decidedAfter ?? null,
    ways: step.ways.map(way => wayJson(plan, way, checks)),
    promise: step.promise.map(check => ({
      ...check,
      words: wordsOf(checks, check),
      knownAfterStep: fixesAll(check, checks) ? null : step.number,
    })),
    loss: lossJson(step.loss ?? null),
    why: step.why ?? null,
    retry: step.retry,
    onFailure: step.onFailure,
    timeout: step.timeout ?? null,
  };
}

const wayJson = (plan: ShownPlan, { name, when, worst, ops, promise }: Way, checks: Checks) => ({
  name,
  when,
  undo: worst,
  promise: promise?.map(check => wordsOf(checks, check)) ?? null,
  ops: ops.map(op => opJson(plan, op, checks)),
});

function opJson(plan: ShownPlan, { op, guard }: PlannedOp, checks: Checks) {
  const { verb, text, notes } = wordsOfOp(op, checks);
  return {
    verb,
    on: op.on,
    text,
    notes,
    within: op.within,
    undo: typeof op.undo === 'string' ? op.undo : 'undoable',
    guard,
    unknown: holesIn([op.do, guard]).map(hole => holeJson(plan, hole)),
    do: op.do,
  };
}

const holeJson = (plan: ShownPlan, { hole, after }: Hole) => ({ unknown: hole, afterStep: numberOf(plan, after) });

const lossJson = (loss: ReturnType<typeof lossAtCommit>) =>
  loss === null
    ? null
    : {
        bytes: loss.bytes === 'unknown' ? null : loss.bytes,
        ms: loss.time === 'unknown' ? null : loss.time,
        from: loss.from,
      };
