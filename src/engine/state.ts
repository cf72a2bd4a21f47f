// Where a run stands: a fold over its events, pure.

import type { Mark } from '../look/facts.ts';
import type { Loss } from '../look/loss.ts';
import type { ReadyOp } from '../ops.ts';
import type { HostGuard } from '../ports.ts';
import type { Step, StepId } from '../runbook/book-types.ts';
import type { EventBody, JournalEvent, Proof, RunOptions } from './events.ts';
import { kindOfOp } from './kinds/index.ts';
import type { Outcome } from './kinds/kind.ts';
import type { Told } from './live-look.ts';
import { never } from './kinds/must.ts';
import type { ShownPlan } from './planned.ts';

export interface OpState {
  readonly op: ReadyOp;
  readonly guard: HostGuard | null;
  readonly job: string;
  readonly token: string | undefined;
  readonly outcome: Outcome | undefined;
  readonly undone: boolean;
  /** How many of the ops that take it back are done. */
  readonly takenBack: number;
  /** Whether anything had been changed before it began. */
  readonly afterChange: boolean;
}

export interface StepState {
  readonly is: 'waiting' | 'begun' | 'done' | 'skipped' | 'failed';
  readonly mark: Mark | null;
  readonly way: string | undefined;
  /** The latest beginning of each op, by its place in the way. */
  readonly ops: ReadonlyMap<number, OpState>;
  /** How often an op of it began: names receipts. */
  readonly begins: number;
  readonly outputs: Readonly<Record<string, string>>;
  readonly proofs: readonly Proof[];
}

export interface RunState {
  readonly run: string;
  readonly plan: ShownPlan;
  readonly steps: readonly Step[];
  readonly options: RunOptions;
  readonly told: Told;
  readonly of: ReadonlyMap<StepId, StepState>;
  /** An op that changes a server began and was not held back: nothing is below 10 any more. */
  readonly changed: boolean;
  readonly accepted: { readonly loss: Loss | null } | undefined;
  readonly ended: { readonly exit: number; readonly why: string } | undefined;
}

const untouched: StepState = {
  is: 'waiting',
  mark: null,
  way: undefined,
  ops: new Map(),
  begins: 0,
  outputs: {},
  proofs: [],
};

/** The state after all these events; the first must be `run`. */
export function fold(events: readonly JournalEvent[]): RunState {
  const [first, ...rest] = events;
  if (first?.e !== 'run') return never('a journal begins with its run');
  const begin: RunState = {
    run: first.run,
    plan: first.plan,
    steps: first.steps,
    options: first.options,
    told: new Map(first.told.map(({ on, facts }) => [on, { facts, by: first.by }])),
    of: new Map(first.steps.map(({ id }) => [id, untouched])),
    changed: false,
    accepted: undefined,
    ended: undefined,
  };
  return rest.reduce(apply, begin);
}

/** One event further. */
export function apply(state: RunState, event: EventBody): RunState {
  switch (event.e) {
    case 'run':
      return never('a run begins once');
    case 'told': {
      const before = state.told.get(event.on)?.facts;
      const told = new Map(state.told).set(event.on, {
        facts: { ...before, ...event.facts },
        by: event.by,
      });
      return { ...state, told };
    }
    case 'answered':
      return { ...state, accepted: { loss: event.loss } };
    case 'resumed':
      return { ...state, options: event.options, ended: undefined };
    case 'end':
      return { ...state, ended: { exit: event.exit, why: event.why } };
    case 'locked':
      return state;
    case 'began':
      return { ...applyStep(state, event), changed: state.changed || kindOfOp(event.op.do).changes };
    case 'ended':
      return { ...applyStep(state, event), changed: changedAfter(state, event) };
    default:
      return applyStep(state, event);
  }
}

/** An op that had no effect changed nothing: then all is as it was before it began. */
function changedAfter(state: RunState, { step, n, outcome }: Extract<EventBody, { e: 'ended' }>): boolean {
  const before = stepOf(state, step).ops.get(n)?.afterChange ?? state.changed;
  return hadNoEffect(outcome) ? before : state.changed;
}

type StepEvent = Exclude<EventBody, { e: 'run' | 'told' | 'answered' | 'resumed' | 'end' | 'locked' }>;

function applyStep(state: RunState, event: StepEvent): RunState {
  const before = state.of.get(event.step) ?? untouched;
  return { ...state, of: new Map(state.of).set(event.step, stepAfter(before, event, state.changed)) };
}

function stepAfter(step: StepState, event: StepEvent, afterChange: boolean): StepState {
  switch (event.e) {
    case 'step':
      // The mark of the first beginning is kept: the lines that prove the step may lie before a second one.
      return { ...step, is: 'begun', mark: step.mark ?? event.mark };
    case 'way':
      return { ...step, way: event.way };
    case 'left-out':
      return step;
    case 'began': {
      const { op, guard, job } = event;
      const begun: OpState = {
        op,
        guard,
        job,
        token: undefined,
        outcome: undefined,
        undone: false,
        takenBack: 0,
        afterChange,
      };
      return { ...step, begins: step.begins + 1, ops: new Map(step.ops).set(event.n, begun) };
    }
    case 'token':
      return withOp(step, event.n, op => ({ ...op, token: event.xid }));
    case 'ended': {
      const outputs = event.outcome.is === 'done' ? { ...step.outputs, ...event.outcome.outputs } : step.outputs;
      return { ...withOp(step, event.n, op => ({ ...op, outcome: event.outcome })), outputs };
    }
    case 'proven':
      return { ...step, proofs: event.proofs };
    case 'done':
      return { ...step, is: event.is };
    case 'undone':
      return event.outcome.is === 'done' ? withOp(step, event.n, backByOne) : step;
  }
}

function backByOne(op: OpState): OpState {
  const takenBack = op.takenBack + 1;
  const all = Array.isArray(op.op.undo) ? op.op.undo.length : 0;
  return { ...op, takenBack, undone: takenBack >= all };
}

function withOp(step: StepState, n: number, change: (op: OpState) => OpState): StepState {
  const op = step.ops.get(n);
  return op ? { ...step, ops: new Map(step.ops).set(n, change(op)) } : step;
}

export const stepOf = (state: RunState, id: StepId): StepState => state.of.get(id) ?? untouched;

/** Held back by its guard, never sent, or stopped before it could do anything. */
export const hadNoEffect = (outcome: Outcome | undefined): boolean =>
  outcome?.is === 'refused' ||
  outcome?.is === 'unreachable' ||
  (outcome?.is === 'interrupted' && outcome.half !== true) ||
  outcome?.is === 'waits';

/** Whether anything of the step may have happened: then what it needs was true once and may not be so any more. */
export const hasBegun = ({ ops }: StepState): boolean => [...ops.values()].some(({ outcome }) => !hadNoEffect(outcome));

/** The op of a step that began and whose end is not known. */
export function inFlight(step: StepState): { readonly n: number; readonly op: OpState } | undefined {
  for (const [n, op] of step.ops) {
    if (op.outcome === undefined || op.outcome.is === 'unknown') return { n, op };
  }
  return undefined;
}
