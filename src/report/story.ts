// What a run did, step by step with its times: a fold over its events that the live view and the reports share.

import type { EventBody, JournalEvent, Proof } from '../engine/events.ts';
import type { Outcome } from '../engine/kinds/kind.ts';
import type { ShownPlan } from '../engine/planned.ts';
import type { Loss } from '../look/loss.ts';
import type { ReadyOp } from '../ops.ts';
import type { StepId } from '../runbook/book-types.ts';
import type { Instant } from '../time.ts';

export interface OpStory {
  readonly n: number;
  readonly op: ReadyOp;
  readonly began: Instant;
  readonly ended: Instant | null;
  readonly outcome: Outcome | null;
  /** Its answer was lost, and looking told what became of it. */
  readonly settled: boolean;
  readonly undone: boolean;
}

export interface StepStory {
  readonly id: StepId;
  readonly number: number;
  readonly title: string;
  readonly action: string;
  readonly status: 'waiting' | 'running' | 'done' | 'skipped' | 'failed';
  readonly began: Instant | null;
  readonly ended: Instant | null;
  /** Why it was skipped or failed, or why it did so little. */
  readonly why: string | null;
  readonly way: string | null;
  /** Each beginning, in order: a second try of an op is an entry of its own. */
  readonly ops: readonly OpStory[];
  /** Ops that were not needed: what they are for held already. */
  readonly leftOut: readonly { readonly n: number; readonly why: string }[];
  readonly proofs: readonly Proof[];
}

export interface Story {
  readonly run: string;
  readonly by: string;
  readonly version: string;
  readonly plan: ShownPlan;
  readonly began: Instant;
  /** Of the last event heard. */
  readonly latest: Instant;
  readonly steps: readonly StepStory[];
  readonly told: readonly { readonly on: string; readonly facts: string; readonly by: string }[];
  readonly accepted: { readonly loss: Loss | null; readonly answer: string; readonly by: string } | null;
  readonly resumes: number;
  readonly end: {
    readonly at: Instant;
    readonly exit: number;
    readonly why: string;
    readonly hint: string | null;
  } | null;
}

/** Undefined where the first event is not that of a run. */
export function storyOf(events: readonly JournalEvent[]): Story | undefined {
  return events.reduce<Story | undefined>(tell, undefined);
}

/** One event further. */
export function tell(story: Story | undefined, event: JournalEvent): Story | undefined {
  if (event.e === 'run') return begin(event);
  return story && { ...further(story, event), latest: event.at };
}

function begin(event: Extract<JournalEvent, { e: 'run' }>): Story {
  const { run, by, version, plan, at } = event;
  const steps = plan.steps.map(({ id, number, title, action }): StepStory => ({
    id,
    number,
    title,
    action,
    status: 'waiting',
    began: null,
    ended: null,
    why: null,
    way: null,
    ops: [],
    leftOut: [],
    proofs: [],
  }));
  return {
    run,
    by,
    version,
    plan,
    began: at,
    latest: at,
    steps,
    told: event.told.map(one => toldStory(one, by)),
    accepted: null,
    resumes: 0,
    end: null,
  };
}

const toldStory = (
  { on, facts }: { readonly on: string; readonly facts: object },
  by: string,
): Story['told'][number] => ({
  on,
  facts: Object.entries(facts)
    .map(([fact, value]) => `${fact} = ${String(value)}`)
    .join(', '),
  by,
});

function further(story: Story, event: Exclude<JournalEvent, { e: 'run' }>): Story {
  switch (event.e) {
    case 'told':
      return { ...story, told: [...story.told, toldStory(event, event.by)] };
    case 'locked':
      return story;
    case 'answered':
      return { ...story, accepted: { loss: event.loss, answer: event.answer, by: event.by } };
    case 'resumed':
      return { ...story, resumes: story.resumes + 1, end: null };
    case 'end':
      return { ...story, end: { at: event.at, exit: event.exit, why: event.why, hint: event.hint } };
    default:
      return {
        ...story,
        steps: story.steps.map(step => (step.id === event.step ? stepFurther(step, event) : step)),
      };
  }
}

type StepEvent = Extract<JournalEvent, { readonly step: StepId } & EventBody>;

function stepFurther(step: StepStory, event: StepEvent): StepStory {
  const began = step.began ?? event.at;
  switch (event.e) {
    case 'step':
      return { ...step, status: 'running', began };
    case 'way':
      return { ...step, status: 'running', began, ended: null, way: event.way, why: event.why };
    case 'left-out':
      return { ...step, leftOut: [...step.leftOut, { n: event.n, why: event.why }] };
    case 'began': {
      const { n, op, at } = event;
      const story: OpStory = { n, op, began: at, ended: null, outcome: null, settled: false, undone: false };
      return { ...step, status: 'running', began, ended: null, ops: [...step.ops, story] };
    }
    case 'token':
      return step;
    case 'ended': {
      const { outcome, settled, at } = event;
      return withLast(step, event.n, op => ({ ...op, outcome, settled, ended: at }));
    }
    case 'proven':
      return { ...step, proofs: event.proofs };
    case 'done':
      return { ...step, status: event.is, began, ended: event.at, why: event.why ?? step.why };
    case 'undone':
      return event.outcome.is === 'done' ? withLast(step, event.n, op => ({ ...op, undone: true })) : step;
  }
}

function withLast(step: StepStory, n: number, change: (op: OpStory) => OpStory): StepStory {
  const last = step.ops.findLastIndex(op => op.n === n);
  return { ...step, ops: step.ops.map((op, i) => (i === last ? change(op) : op)) };
}

/** What an outcome other than done says. */
export function outcomeWords(outcome: Outcome): string {
  switch (outcome.is) {
    case 'done':
      return 'done';
    case 'failed':
      return `failed: ${outcome.found}`;
    case 'refused':
      return `held back on the host: ${outcome.what} is ${outcome.found}, expected ${outcome.expected}`;
    case 'unknown':
      return `what became of it is not known: ${outcome.why}`;
    case 'unreachable':
      return `not sent, the host does not answer: ${outcome.why}`;
    case 'interrupted':
      return 'interrupted';
    case 'waits':
      return `waits for an answer: ${outcome.question}`;
  }
}
