// Undo: the ops done, in reverse, down to the last one from which there is no way back.

import type { Op } from '../ops.ts';
import type { StepId } from '../runbook/book-types.ts';
import { ready } from './bind.ts';
import { guarded, readyGuard } from './guard.ts';
import { kindOfOp, opWords } from './kinds/index.ts';
import type { Hand, Outcome } from './kinds/kind.ts';
import type { HostGuard } from '../ports.ts';
import { holds, type Running } from './running.ts';
import { hadNoEffect, type OpState, type RunState } from './state.ts';

export interface UndoItem {
  readonly step: StepId;
  readonly n: number;
  readonly ops: readonly Op[];
  /** Of the op to be taken back: who its host was. */
  readonly guard: HostGuard | null;
}

export interface UndoPlan {
  readonly items: readonly UndoItem[];
  /** What stands in the way of going further back, where something does. */
  readonly barrier: { readonly step: StepId; readonly words: string } | undefined;
}

/** What an undo of this run would do. */
export function planUndo(state: RunState): UndoPlan {
  const items: UndoItem[] = [];
  for (const { id } of [...state.steps].reverse()) {
    const ops = [...(state.of.get(id)?.ops ?? [])].sort(([a], [b]) => b - a);
    for (const [n, one] of ops) {
      if (!mayHaveHappened(one)) continue;
      if (one.op.undo === 'never') return { items, barrier: { step: id, words: opWords(one.op.do).text } };
      if (one.op.undo !== 'free') items.push({ step: id, n, ops: one.op.undo, guard: one.guard });
    }
  }
  return { items, barrier: undefined };
}

const mayHaveHappened = ({ outcome, undone }: OpState): boolean => !undone && !hadNoEffect(outcome);

/** Takes back what can be taken back; stops at the first that fails. */
export async function undo(
  running: Running,
): Promise<{ readonly undone: number; readonly failed: string | undefined }> {
  let undone = 0;
  for (const { step, n, ops, guard } of planUndo(running.state).items) {
    for (const [i, op] of ops.entries()) {
      const outcome = await takeBack(
        running,
        op,
        guard,
        `undo.${step.replace(/[^A-Za-z0-9._-]/g, '_')}.${String(n)}.${String(i)}`,
      );
      await running.add({ e: 'undone', step, n, outcome });
      if (outcome.is !== 'done')
        return { undone, failed: `${step}: ${'found' in outcome ? outcome.found : outcome.is}` };
    }
    undone += 1;
  }
  return { undone, failed: undefined };
}

async function takeBack(running: Running, op: Op, former: HostGuard | null, job: string): Promise<Outcome> {
  const look = running.look();
  if (op.done.length > 0 && (await running.prove(op.done, look)).every(holds)) {
    return { is: 'done', outputs: { why: 'it holds already' } };
  }
  const { site, book, lock, person, stop } = running.parts;
  const planned = await guarded(op, look);
  const filled = ready(op);
  if (!filled) return { is: 'failed', found: 'the way back was never known' };
  if (op.on !== 'here') await lock.hold(op.on);
  const hand: Hand = {
    site,
    checks: book.checks,
    look: () => running.look(),
    guard: sameHost(readyGuard(planned.guard, planned.guard, lock.token), former),
    source: null,
    job: { run: running.state.run, op: `${job}.${site.random()}` },
    token: () => Promise.resolve(),
    tell: () => undefined,
    stop,
    person,
    yes: true,
  };
  return kindOfOp(filled.do).perform(filled, hand);
}

/** What is taken back must be taken back where it was done, whoever answers there now. */
const sameHost = (now: HostGuard | null, former: HostGuard | null): HostGuard | null =>
  now && former ? { ...now, hostKey: former.hostKey, systemId: former.systemId } : now;
