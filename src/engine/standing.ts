// What finished steps promised, looked at again on resume: all of it that no later step has superseded.

import type { Fact } from '../look/facts.ts';
import { kindOf } from '../look/check.ts';
import type { Check } from '../runbook/book-types.ts';
import type { Stop } from './end.ts';
import { altered } from './forecast.ts';
import { type PlannedStep, promiseOf } from './planned.ts';
import { complaint, holds, type Running } from './running.ts';
import { stepOf } from './state.ts';

/**
 * A stop where a promise that must still hold does not.
 *
 * Checking *all* promises would block a good resume: a node that step 2 fenced and step 7 rightly started again is not down.
 */
export async function standing(running: Running): Promise<Stop | null> {
  const checks = stillPromised(running);
  const proofs = await running.prove(
    checks.map(({ check }) => check),
    running.look(),
  );
  const at = proofs.findIndex(one => !holds(one));
  const fallen = proofs[at];
  if (!fallen) return null;
  const step = checks[at]?.step ?? '';
  return { is: 'refused', why: `what step ${step} had made true no longer is: ${complaint(fallen)}` };
}

function stillPromised(running: Running): { readonly step: string; readonly check: Check }[] {
  const { steps } = running.state.plan;
  const kept: { step: string; check: Check }[] = [];
  for (const [index, step] of steps.entries()) {
    if (stepOf(running.state, step.id).is !== 'done') continue;
    const later = steps.slice(index + 1).filter(({ id }) => hasBegun(running, id));
    for (const check of promiseOf(step, stepOf(running.state, step.id).way)) {
      const about = Object.keys(kindOf(running.parts.book.checks, check).forecast(check.with)) as Fact[];
      // A line in the log, or a query, is about no fact that could still be asked for: it was proven then.
      if (about.length === 0 || later.some(one => supersedes(running, one, check, about))) continue;
      kept.push({ step: step.id, check });
    }
  }
  return kept;
}

const hasBegun = (running: Running, id: PlannedStep['id']): boolean => {
  const { is, ops } = stepOf(running.state, id);
  return is === 'done' || ops.size > 0;
};

/** A later step that may have changed, or promised something else about, the same fact of the same node. */
function supersedes(running: Running, later: PlannedStep, check: Check, about: readonly Fact[]): boolean {
  const changed = [...stepOf(running.state, later.id).ops.values()]
    .filter(({ op }) => op.on === check.on)
    .flatMap(({ op }) => altered(op));
  const promised = later.promise
    .filter(({ on }) => on === check.on)
    .flatMap(one => Object.keys(kindOf(running.parts.book.checks, one).forecast(one.with)));
  return about.some(fact => changed.includes(fact) || promised.includes(fact));
}
