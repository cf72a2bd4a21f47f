// Which fences a run has left owing: steps that could not reach their node, with a promotion after them.

import type { FenceDebt } from '../look/fence-debt.ts';
import type { JournalEvent } from './events.ts';
import type { PlannedStep } from './planned.ts';
import { fold, type RunState, stepOf } from './state.ts';

/** None where nobody was promoted: then the node is still the primary, whether it answers or not. */
export function fenceDebts(events: readonly JournalEvent[]): readonly FenceDebt[] {
  const state = fold(events);
  const { run, plan } = state;
  const isDone = ({ id }: PlannedStep): boolean => stepOf(state, id).is === 'done';
  return plan.steps.flatMap((step, n) => {
    if (step.action !== 'fence' || !isDone(step) || stepOf(state, step.id).way !== 'owed') return [];
    const node = step.needs.find(({ check }) => check.check === 'stopped')?.check.on;
    const promoted = plan.steps.slice(n + 1).find(later => later.action === 'promote' && isDone(later));
    const successor = promoted?.promise.find(({ check }) => check === 'role')?.on;
    if (node === undefined || promoted === undefined || successor === undefined) return [];
    const since = events.findLast(event => event.e === 'done' && event.step === promoted.id)?.at ?? plan.started;
    const reason = `${successor} is the primary now`;
    return [{ node, run, reason, since, successor, timeline: timelineOf(state, promoted) }];
  });
}

/** The one that was proven; at the least the one after that from which it was promoted. */
function timelineOf(state: RunState, { id, promise }: PlannedStep): number {
  const proven = stepOf(state, id).proofs.find(({ check }) => check.check === 'timeline')?.verdict;
  const found = proven?.is === 'holds' ? Number.parseInt(proven.found, 10) : NaN;
  if (Number.isInteger(found)) return found;
  const above = promise.find(({ check }) => check === 'timeline')?.with as { readonly above?: number } | undefined;
  return (above?.above ?? 0) + 1;
}
