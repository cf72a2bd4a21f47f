// A plan in words: sentences about its promises, needs, ways, loss and refusals, which text and JSON share.

import { acceptance } from '../engine/gate.ts';
import { type Refusal, refusals, type ShownPlan, type Way } from '../engine/planned.ts';
import { wordsOf } from '../engine/book.ts';
import { type Checks, kindOf } from '../look/check.ts';
import { type Loss, showLoss } from '../look/loss.ts';
import type { Check, StepId } from '../runbook/book-types.ts';
import { type Bytes, bytes, showDuration } from '../time.ts';

export interface PlanContext {
  readonly checks: Checks;
  /** What the operator types to do it: `lifeboat run failover -p down_for=5s`; the fingerprint is added. */
  readonly command: string;
  /** What may be lost without being asked; nothing where absent. */
  readonly budget?: Bytes;
}

/** `3` for the step of this name. */
export function numberOf(plan: ShownPlan, id: StepId): number | null {
  return plan.steps.find(step => step.id === id)?.number ?? null;
}

export function knownAfter(plan: ShownPlan, id: StepId): string {
  const number = numberOf(plan, id);
  return number === null ? `known after ${id}` : `known after step ${String(number)}`;
}

/** A promise about a fact that it does not fix (a timeline "above 1") is known in full only afterwards. */
export const fixesAll = (check: Check, checks: Checks): boolean =>
  !Object.values(kindOf(checks, check).forecast(check.with)).includes('later');

/** Whether a way can be taken back, in words. */
export function backWords({ worst }: Pick<Way, 'worst'>): string {
  const words = { free: 'nothing to undo', undoable: 'can be undone', never: 'no way back' } as const;
  return words[worst];
}

/** The loss of the first step from which there is no way back. */
export function lossAtCommit(plan: ShownPlan): Loss | null {
  return plan.commit === null ? null : (plan.steps[plan.commit]?.loss ?? null);
}

/** Sentences for the commit point; what cannot be known is said so, never left out. */
export function lossWords(loss: Loss): string[] {
  const from = loss.from.length === 0 ? [] : [`Reckoned from: ${loss.from.join('; ')}.`];
  if (loss.bytes === 0) return ['Lost at most: 0 B.', ...from];
  if (loss.bytes !== 'unknown') return [`Lost at most: ${showLoss(loss)}.`, ...from];
  const time =
    loss.time === 'unknown'
      ? 'nor is there a bound in time'
      : `but it is nothing older than the last ${showDuration(loss.time)}`;
  return [`Lost: unknown. How many bytes cannot be known, ${time}.`, ...from];
}

/** What to type to carry the plan out, with the answers that it will ask for. */
export function commandOf(plan: ShownPlan, { command, budget = bytes(0) }: PlanContext): string {
  const loss = lossAtCommit(plan);
  const over = loss !== null && (loss.bytes === 'unknown' || loss.bytes > budget);
  const accept = over && !/(^|\s)--accept-loss(\s|=)/.test(command) ? ` --accept-loss ${acceptance(loss)}` : '';
  return `${command} --plan ${plan.fingerprint}${accept}`;
}

export interface RefusalWords {
  readonly step: StepId;
  readonly host: string;
  /** The name of the check. */
  readonly rule: string;
  readonly words: string;
  readonly expected: string;
  readonly found: string;
  readonly hint: string;
}

/** Every refusal of the plan, with something to type next. */
export const refusalsOf = (plan: ShownPlan, checks: Checks): RefusalWords[] =>
  refusals(plan, check => wordsOf(checks, check)).map(refusalWords);

function refusalWords({ step, check, words, verdict }: Refusal): RefusalWords {
  const base = { step, host: check.on, rule: check.check, words };
  const hint = verdict.hint ?? `see how ${check.on} stands: lifeboat status`;
  if (verdict.is === 'fails') return { ...base, expected: verdict.expected, found: verdict.found, hint };
  const silence = verdict.unreachable ? 'the host cannot be reached' : 'no answer';
  return { ...base, expected: words, found: `${silence}: ${verdict.why}`, hint };
}
