// A run from its beginning, or from wherever its journal ends: resume is the same loop.

import { Fault } from '../faults.ts';
import type { Facts } from '../look/facts.ts';
import type { Ledger, NodeName } from '../ports.ts';
import type { BoundBook } from './book.ts';
import { type End, endOf, type Stop, undoneHint, whoWrites } from './end.ts';
import type { RunOptions } from './events.ts';
import { Journal } from './journal.ts';
import { RunLock } from './lock.ts';
import { never } from './kinds/must.ts';
import type { ShownPlan } from './planned.ts';
import { type Parts, Running } from './running.ts';
import { fold } from './state.ts';
import { runStep } from './step.ts';
import { standing } from './standing.ts';
import { isHalfTakenBack, isTakenBack, undo, type Undone } from './undo.ts';

/** What the caller brings along, whether it begins a run or resumes one. */
export interface Outside extends Pick<Parts, 'site' | 'keeping' | 'person' | 'stop' | 'tell' | 'lastSeen'> {
  readonly ledger: Ledger;
  readonly takeOver: boolean;
}

export interface Beginning {
  readonly run: string;
  readonly plan: ShownPlan;
  readonly options: RunOptions;
  /** What the operator said of nodes that do not answer. */
  readonly told: readonly { readonly on: NodeName; readonly facts: Partial<Facts> }[];
  readonly version: string;
}

/** Begins a run of a plan that was shown. */
export async function startRun(book: BoundBook, beginning: Beginning, outside: Outside): Promise<End> {
  const { run, plan, options, told, version } = beginning;
  const lock = await takeLock(book, run, null, outside);
  return withLock(lock, async () => {
    const journal = await openJournal(outside);
    const by = outside.site.owner;
    await journal.add({ e: 'run', run, by, plan, steps: book.steps, options, told, version });
    for (const { on, facts } of told) await journal.add({ e: 'told', on, facts, by });
    await journal.add({ e: 'locked', on: lock.held, token: lock.token });
    const running = new Running({ ...outside, book, journal, lock });
    // The steps ask for one node after the other, and each takes its time.
    running.lookAround();
    return carryOut(running);
  });
}

export type Changes = Partial<RunOptions> & { readonly told?: Beginning['told'] };

/** Goes on where the journal ends: looks again, settles what was in flight, plans again what was not finished. */
export async function resumeRun(book: BoundBook, changes: Changes, outside: Outside): Promise<End> {
  return again(book, changes, outside, async running => {
    // Half a plan cannot be gone on with: whoever had begun to take it back wants that ended first.
    if (isHalfTakenBack(running.state))
      return finish(running, await undoneEnd(running, { is: 'failed', why: 'cut off while it was taken back' }));
    const fallen = await standing(running);
    return fallen ? finish(running, await endOf(running, fallen)) : carryOut(running);
  });
}

/** Takes back the ops done, in reverse, down to the commit point. */
export async function undoRun(book: BoundBook, outside: Outside): Promise<End> {
  return again(book, {}, outside, async running => {
    const { undone, failed } = await undo(running);
    if (failed !== undefined) return finish(running, await endOf(running, { is: 'failed', why: `undo: ${failed}` }));
    return finish(running, { exit: 0, why: `${String(undone)} taken back${await whoWrites(running)}`, hint: null });
  });
}

async function again(
  book: BoundBook,
  { told = [], ...changed }: Changes,
  outside: Outside,
  go: (running: Running) => Promise<End>,
): Promise<End> {
  const journal = await openJournal(outside);
  const before = fold(journal.events);
  if (before.ended?.exit === 0)
    throw new Fault('refused', `run ${before.run} has ended well; there is nothing left to do`, {
      hint: `what it did: lifeboat report ${before.run}`,
    });
  if (isTakenBack(before))
    throw new Fault('refused', `run ${before.run} took back what it had done; there is nothing to go on with`, {
      hint: `begin anew: lifeboat run ${before.plan.book} --dry-run`,
    });
  const former = journal.events.findLast(event => event.e === 'locked');
  const lock = await takeLock(book, before.run, former?.token ?? null, outside);
  return withLock(lock, async () => {
    const by = outside.site.owner;
    await journal.add({ e: 'resumed', by, options: { ...before.options, ...changed } });
    for (const { on, facts } of told) await journal.add({ e: 'told', on, facts, by });
    await journal.add({ e: 'locked', on: lock.held, token: lock.token });
    return go(new Running({ ...outside, book, journal, lock }));
  });
}

const openJournal = (outside: Outside): Promise<Journal> =>
  Journal.open(outside.ledger, outside.site.clock, event => {
    outside.tell({ is: 'event', event });
  });

const takeLock = (book: BoundBook, run: string, former: string | null, { site, takeOver }: Outside): Promise<RunLock> =>
  RunLock.take(
    site,
    book.cluster.nodes.map(({ name }) => name),
    { run, book: book.name, former, takeOver },
  );

/** Where this process is cut off, the lock stays to be explained. */
async function withLock(lock: RunLock, go: () => Promise<End>): Promise<End> {
  try {
    return await go();
  } finally {
    await lock.release();
  }
}

async function carryOut(running: Running): Promise<End> {
  for (const shown of running.state.plan.steps) {
    const is = running.state.of.get(shown.id)?.is ?? never(`step ${shown.id} has no state`);
    if (is === 'done' || is === 'skipped' || (is === 'failed' && shown.onFailure === 'continue')) continue;
    if (running.parts.stop.aborted)
      return finish(running, await endOf(running, { is: 'interrupted', why: 'interrupted' }));
    const stop = await guardedStep(running, shown);
    if (!stop) continue;
    if (stop.is === 'failed' || stop.is === 'refused')
      await running.add({ e: 'done', step: shown.id, is: 'failed', why: stop.why });
    if (stop.is === 'failed' && shown.onFailure === 'continue') continue;
    if (shown.onFailure === 'undo' && cannotGoOn(running, stop))
      return finish(running, await undoneEnd(running, { ...stop, why: `step ${shown.id}: ${stop.why}` }));
    return finish(running, await endOf(running, { ...stop, why: `step ${shown.id}: ${stop.why}` }));
  }
  return finish(running, { exit: 0, why: 'done', hint: null });
}

/** A node that answers only now may be held by somebody else. */
async function guardedStep(running: Running, shown: Parameters<typeof runStep>[1]): Promise<Stop | null> {
  try {
    return await runStep(running, shown);
  } catch (error) {
    if (error instanceof Fault && error.code === 'locked')
      return { is: 'locked', why: error.message, hint: error.hint };
    throw error;
  }
}

/**
 * A step that is held back after others were done leaves the same half-done state as one that failed; so does one that waits
 * for a yes that nobody is there to give, and meanwhile nobody may be able to write.
 */
const cannotGoOn = ({ state }: Running, { is }: Stop): boolean =>
  is === 'failed' || (state.changed && (is === 'refused' || is === 'unreachable' || is === 'waits'));

async function undoneEnd(running: Running, stop: Stop): Promise<End> {
  const done = await undo(running);
  const hint = joined(stop.is === 'waits' ? undefined : stop.hint, undoneHint(running.state, done));
  return endOf(running, { is: 'failed', why: `${stop.why}; ${undoneWords(done)}`, hint });
}

function undoneWords({ undone, failed, barrier }: Undone): string {
  if (failed !== undefined) return `taking it back failed: ${failed}`;
  if (undone === 0 && barrier) return `there is no way back from ${barrier.step}`;
  return `${String(undone)} ${undone === 1 ? 'op' : 'ops'} taken back`;
}

const joined = (...lines: readonly (string | undefined)[]): string | undefined =>
  lines.filter(line => line !== undefined).join('\n') || undefined;

/** The lock goes first: a run whose end stands in the journal is never resumed, and would hold the cluster for ever. */
async function finish(running: Running, end: End): Promise<End> {
  await running.parts.lock.release();
  await running.add({ e: 'end', ...end });
  return end;
}
