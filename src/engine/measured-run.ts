// How long a run took, part by part, out of its journal: for whoever predicts the next one. Pure.

import type { Measured, Part } from '../monitor/measured.ts';
import { between, type Bytes, bytes, type Duration, type Instant, ms } from '../time.ts';
import type { JournalEvent } from './events.ts';
import type { Outcome } from './kinds/kind.ts';

/**
 * Undefined where the run did not come to a good end, or was cut off on the way: how long it took then says nothing. The time in which
 * a person was waited for does not count.
 */
export function measuredRun(events: readonly JournalEvent[]): Measured | undefined {
  const [first] = events;
  const end = events.at(-1);
  if (first?.e !== 'run' || end?.e !== 'end' || end.exit !== 0 || events.some(({ e }) => e === 'resumed'))
    return undefined;
  const steps = stepsOf(events);
  const took = sum(steps);
  const restored = restoreIn(events);
  const growing = restored === undefined ? [] : [restored.part, ...replayAfter(restored, steps, first.steps)];
  const rest: Part = { part: 'rest', bytes: null, took: ms(Math.max(0, took - sum(growing))) };
  return {
    at: end.at,
    what: first.plan.book,
    how: 'run',
    ok: true,
    on: restored?.on ?? 'here',
    took,
    size: restored?.size ?? null,
    parts: [...growing, rest],
  };
}

interface Timed {
  readonly step: string;
  readonly took: Duration;
}

const sum = (parts: readonly { readonly took: Duration }[]): Duration =>
  ms(parts.reduce((all, { took }) => all + took, 0));

function stepsOf(events: readonly JournalEvent[]): Timed[] {
  const began = new Map<string, Instant>();
  return events.flatMap(event => {
    if (event.e === 'step') began.set(event.step, event.at);
    const at = event.e === 'done' ? began.get(event.step) : undefined;
    return event.e === 'done' && at !== undefined ? [{ step: event.step, took: between(at, event.at) }] : [];
  });
}

interface RestoredIn {
  readonly step: string;
  readonly on: string;
  readonly size: Bytes;
  /** Segments that were brought for recovery. */
  readonly wal: Bytes;
  readonly part: Part;
}

/** The op that brought a backup: how much it wrote stands in its outcome. */
function restoreIn(events: readonly JournalEvent[]): RestoredIn | undefined {
  for (const begin of events) {
    if (begin.e !== 'began' || begin.op.do.op !== 'restore') continue;
    const end = events.find(one => one.e === 'ended' && one.step === begin.step && one.n === begin.n);
    const written = end?.e === 'ended' ? writtenOf(end.outcome) : undefined;
    if (end === undefined || written === undefined) continue;
    const { size } = begin.op.do.way;
    const part: Part = { part: 'restore', bytes: written, took: between(begin.at, end.at) };
    return { step: begin.step, on: begin.op.on, size, wal: bytes(Math.max(0, written - size)), part };
  }
  return undefined;
}

function writtenOf(outcome: Outcome): Bytes | undefined {
  const written = outcome.is === 'done' ? Number(outcome.outputs['bytes']) : Number.NaN;
  return Number.isFinite(written) ? bytes(written) : undefined;
}

const starts: ReadonlySet<string> = new Set(['recover', 'start']);

/** Its server replays from when it is started until the step that waits for the end of recovery is done. */
function replayAfter(
  { step, wal }: RestoredIn,
  steps: readonly Timed[],
  book: readonly { readonly id: string; readonly action: string }[],
): Part[] {
  const at = book.findIndex(({ id }) => id === step);
  const start = book.find(({ action }, i) => i > at && starts.has(action));
  const timed = steps.find(one => one.step === start?.id);
  return timed === undefined ? [] : [{ part: 'replay', bytes: wal, took: timed.took }];
}
