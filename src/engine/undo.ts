// Undo: the ops done, in reverse, down to the last one from which there is no way back.

import type { Op } from '../ops.ts';
import type { StepId } from '../runbook/book-types.ts';
import { ms, seconds } from '../time.ts';
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
      if (one.op.undo !== 'free') items.push({ step: id, n, ops: one.op.undo.slice(one.takenBack), guard: one.guard });
    }
  }
  return { items, barrier: undefined };
}

/** How long what an undo was to bring about may lag behind it. */
const patience = seconds(10);

const mayHaveHappened = ({ outcome, undone }: OpState): boolean => !undone && !hadNoEffect(outcome);

/** Something was taken back, and nothing is left of which the same could be said. */
export function isTakenBack(state: RunState): boolean {
  const { items, barrier } = planUndo(state);
  return items.length === 0 && barrier === undefined && undoBegan(state);
}

/** An undo began, by itself or by hand, and was cut off or failed half-way. */
export const isHalfTakenBack = (state: RunState): boolean => undoBegan(state) && planUndo(state).items.length > 0;

const undoBegan = ({ of }: RunState): boolean =>
  [...of.values()].some(({ ops }) => [...ops.values()].some(({ takenBack }) => takenBack > 0));

export interface Undone {
  /** How many ops were taken back. */
  readonly undone: number;
  readonly failed: string | undefined;
  readonly barrier: UndoPlan['barrier'];
}

/** Takes back what can be taken back; stops at the first that fails. */
export async function undo(running: Running): Promise<Undone> {
  let undone = 0;
  const { items, barrier } = planUndo(running.state);
  for (const { step, n, ops, guard } of items) {
    for (const [i, op] of ops.entries()) {
      const outcome =
        (await isReached(running, ops)) ??
        (await takeBack(running, op, guard, `undo.${step.replace(/[^A-Za-z0-9._-]/g, '_')}.${String(n)}.${String(i)}`));
      await running.add({ e: 'undone', step, n, words: `${op.on}: ${opWords(op.do).text}`, outcome });
      if (outcome.is !== 'done')
        return { undone, failed: `${op.on}: ${'found' in outcome ? outcome.found : outcome.is}`, barrier };
    }
    undone += 1;
  }
  return { undone, failed: undefined, barrier };
}

const already: Outcome = { is: 'done', outputs: { why: 'it holds already' } };

/** What the last of them is to bring about may hold by itself: then the ones before it would only do harm. */
async function isReached(running: Running, ops: readonly Op[]): Promise<Outcome | undefined> {
  const proof = ops.at(-1)?.done ?? [];
  if (proof.length === 0) return undefined;
  return (await running.prove(proof, running.look())).every(holds) ? already : undefined;
}

async function takeBack(running: Running, op: Op, former: HostGuard | null, job: string): Promise<Outcome> {
  const look = running.look();
  if (op.done.length > 0 && (await running.prove(op.done, look)).every(holds)) {
    return already;
  }
  const { site, keeping, book, lock, person, stop } = running.parts;
  const planned = await guarded(op, look);
  const filled = ready(op);
  if (!filled) return { is: 'failed', found: 'the way back was never known' };
  if (op.on !== 'here') await lock.hold(op.on);
  const hand: Hand = {
    site,
    keeping,
    checks: book.checks,
    look: () => running.look(),
    still: () => running.still(),
    guard: sameHost(op, readyGuard(planned.guard, planned.guard, lock.token), former),
    source: null,
    job: { run: running.state.run, op: `${job}.${site.random()}` },
    token: () => Promise.resolve(),
    tell: () => undefined,
    stop,
    person,
    yes: true,
  };
  const outcome = await kindOfOp(filled.do).perform(filled, hand);
  return outcome.is === 'failed' && (await comesTrue(running, op)) ? { is: 'done', outputs: {} } : outcome;
}

/** The same server may just be starting, set off by an undo that was cut off: then pg_ctl says no to what comes true. */
async function comesTrue(running: Running, { done }: Op): Promise<boolean> {
  if (done.length === 0) return false;
  const { clock } = running.parts.site;
  const begin = clock.ticks();
  for (;;) {
    if ((await running.prove(done, running.look())).every(holds)) return true;
    if (clock.ticks() - begin > patience) return false;
    await clock.sleep(ms(200));
  }
}

/**
 * What is taken back must be taken back where it was done, whoever answers there now. Where there was no data then, what is there
 * now came of it; and an op that says itself what must be there knows better.
 */
function sameHost({ system }: Op, now: HostGuard | null, former: HostGuard | null): HostGuard | null {
  if (!now || !former) return now;
  return {
    ...now,
    hostKey: former.hostKey,
    systemId: system === undefined ? (former.systemId ?? now.systemId) : now.systemId,
  };
}
