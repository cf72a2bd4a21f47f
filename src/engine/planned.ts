// A plan as it is shown and bound: pure data, kept whole in the journal.

import type { Verdict } from '../look/check.ts';
import type { Role } from '../look/facts.ts';
import type { Loss } from '../look/loss.ts';
import type { Worst } from '../actions/action.ts';
import type { Op } from '../ops.ts';
import type { NodeName } from '../ports.ts';
import type { Check, Hole, OnFailure, StepId } from '../runbook/book-types.ts';
import type { Duration, Instant } from '../time.ts';

/** What must be true on the host at the moment of the op: as the shown plan saw it, or as an earlier step promised it. */
export interface PlannedGuard {
  readonly hostKey: string | Hole;
  readonly systemId: string | null | Hole;
  readonly role?: Role | Hole;
  readonly timeline?: number | Hole;
  readonly postmaster?: string | Hole;
}

export interface PlannedOp {
  readonly op: Op;
  /** Null for what changes nothing on a server. */
  readonly guard: PlannedGuard | null;
  /** Of the node that WAL is carried from. */
  readonly source?: PlannedGuard;
}

export interface Way {
  readonly name: string;
  /** Null where it is the only one. */
  readonly when: string | null;
  readonly ops: readonly PlannedOp[];
  readonly worst: Worst;
  /** In place of the step's, where this way cannot promise what the others do. */
  readonly promise?: readonly Check[];
}

export interface PlannedStep {
  readonly id: StepId;
  /** From 1. */
  readonly number: number;
  readonly title: string;
  readonly action: string;
  /** Whether its `if` lets it happen; a hole where that is known later. */
  readonly happens: boolean | Hole;
  readonly needs: readonly { readonly check: Check; readonly verdict: Verdict }[];
  /** One, or several where a fact that an earlier step makes decides between them. */
  readonly ways: readonly Way[];
  readonly decidedAfter?: StepId;
  readonly promise: readonly Check[];
  readonly loss?: Loss;
  readonly why?: string;
  readonly retry: number;
  readonly onFailure: OnFailure;
  readonly timeout?: Duration;
  /** Log checks, its own or of a later step, read from where the log ended when this step began. */
  readonly marked: boolean;
}

/** One node as the plan's head shows it. */
export interface NodeView {
  readonly role: string | null;
  readonly node: NodeName;
  readonly words: string;
}

export interface ShownPlan {
  readonly book: string;
  readonly title: string;
  readonly cluster: string;
  readonly inventory: string;
  readonly started: Instant;
  readonly roles: Readonly<Record<string, NodeName>>;
  readonly views: readonly NodeView[];
  readonly steps: readonly PlannedStep[];
  /** Index of the first step from which there may be no way back; null where all can be undone. */
  readonly commit: number | null;
  readonly fingerprint: string;
}

export interface Refusal {
  readonly step: StepId;
  readonly check: Check;
  readonly words: string;
  readonly verdict: Extract<Verdict, { is: 'fails' | 'silent' }>;
}

export const isHole = (value: unknown): value is Hole =>
  typeof value === 'object' && value !== null && 'hole' in value && 'after' in value;

/** What holds at the end of a step that takes this way. */
export const promiseOf = (step: PlannedStep, way: string | null | undefined): readonly Check[] =>
  step.ways.find(({ name }) => name === way)?.promise ?? step.promise;

/** Whether a step may hold an op from which there is no way back. */
export const hasNever = (step: PlannedStep): boolean => step.ways.some(way => way.worst === 'never');

export function worstOf(ops: readonly Op[]): Worst {
  if (ops.some(({ undo }) => undo === 'never')) return 'never';
  return ops.every(({ undo }) => undo === 'free') ? 'free' : 'undoable';
}

/** Fails and silences among what a plan needs: all of them, each once. */
export function refusals(plan: ShownPlan, words: (check: Check) => string): Refusal[] {
  const seen = new Set<string>();
  const found: Refusal[] = [];
  for (const step of plan.steps) {
    for (const { check, verdict } of step.needs) {
      if (verdict.is !== 'fails' && verdict.is !== 'silent') continue;
      const text = words(check);
      if (!seen.has(text)) found.push({ step: step.id, check, words: text, verdict });
      seen.add(text);
    }
  }
  return found;
}
