// One op under its guard: journaled before, performed, settled where its answer was lost, proven.

import type { StepId } from '../runbook/book-types.ts';
import { ms, seconds } from '../time.ts';
import type { ReadyOp } from '../ops.ts';
import type { HostGuard } from '../ports.ts';
import { type BoundOp, ready } from './bind.ts';
import { readyGuard } from './guard.ts';
import { kindOfOp } from './kinds/index.ts';
import type { Hand, Outcome } from './kinds/kind.ts';
import { never } from './kinds/must.ts';
import { complaint, holds, type Running } from './running.ts';
import { settle, type Settled, startedByOther } from './settle.ts';
import { type Mark, off } from '../look/facts.ts';
import { type OpState, stepOf } from './state.ts';
import type { Stop } from './end.ts';

/** How long the proof of an op may lag behind its end. */
const proofWithin = seconds(30);

/** How often an op is begun where the connection breaks before it happens. */
const begins = 3;

/** Carries out one op of a step; null where it came to its end. */
export async function runOp(running: Running, step: StepId, bound: BoundOp): Promise<Stop | null> {
  for (let left = begins - 1; ; left -= 1) {
    const stop = await tryOp(running, step, bound);
    if (stop !== 'not begun') return stop;
    // Asked to stop before anything was sent.
    if (running.parts.stop.aborted) return { is: 'interrupted', why: 'interrupted' };
    if (left === 0)
      return { is: 'failed', why: `${bound.shown.op.on}: the connection broke, again and again, before it happened` };
  }
}

/** `not begun`: the connection broke, and looking has shown that it did not happen. */
async function tryOp(running: Running, step: StepId, bound: BoundOp): Promise<Stop | null | 'not begun'> {
  const op = ready((bound.fresh ?? bound.shown).op) ?? never(`op ${String(bound.n)} of ${step} still has a hole`);
  const token = running.parts.lock.token;
  const guard = readyGuard(bound.shown.guard, bound.fresh?.guard ?? null, token);
  const source = readyGuard(bound.shown.source ?? null, bound.fresh?.source ?? null, null);
  if (guard !== null && op.on !== 'here') await running.parts.lock.hold(op.on);
  const { begins: begun } = stepOf(running.state, step);
  const job = `${slug(step)}.${String(bound.n)}${begun === 0 ? '' : `~${String(begun + 1)}`}`;
  await running.add({ e: 'began', step, n: bound.n, job, op, guard });
  const hand = handOf(running, step, bound.n, { op, guard, source, job });
  const kind = kindOfOp(op.do);
  if (kind.changes) running.acted(op);
  let outcome: Settled = await kind.perform(op, hand);
  let settled = outcome.is === 'unknown';
  if (outcome.is === 'unknown') outcome = await settleNow(running, step, bound.n, hand, outcome);
  // Also what was looked at while it went on.
  if (kind.changes) running.acted(op);
  if (outcome.is === 'not-begun') {
    await running.add({ e: 'ended', step, n: bound.n, outcome: cutOff(op), settled });
    return 'not begun';
  }
  // pg_ctl can say no to what has come true: `stop` to a server that is gone, `promote -t` a moment too early.
  if (outcome.is === 'failed' && op.done.length > 0 && (await running.prove(op.done, hand.look())).every(holds)) {
    outcome = { is: 'done', outputs: {} };
  }
  const kept = outcome;
  outcome = await startedByOther(running, op, hand, outcome);
  settled ||= outcome !== kept;
  await running.add({ e: 'ended', step, n: bound.n, outcome, settled });
  if (outcome.is === 'done') await vouch(running, op);
  return outcome.is === 'done' ? proof(running, op, stepOf(running.state, step).mark) : stopOf(op, outcome);
}

/** What the command of the site has cut off is off, for everything that comes after; it stands in the journal who said so. */
async function vouch(running: Running, op: ReadyOp): Promise<void> {
  if (op.do.op !== 'exec' || op.do.vouches === undefined) return;
  await running.add({ e: 'told', on: op.do.vouches, facts: off, by: 'the fence command of the inventory' });
}

/** Settles the op of a step that was in flight when the run was cut off. */
export async function settleInFlight(running: Running, step: StepId, n: number, state: OpState): Promise<Stop | null> {
  const hand = handOf(running, step, n, { ...state, source: null });
  const outcome = await settle(running, state, hand);
  running.acted();
  if (outcome.is === 'not-begun') {
    await running.add({ e: 'ended', step, n, outcome: cutOff(state.op), settled: true });
    return null;
  }
  await running.add({ e: 'ended', step, n, outcome, settled: true });
  if (outcome.is === 'done') await vouch(running, state.op);
  return outcome.is === 'unknown' ? stopOf(state.op, outcome) : null;
}

const cutOff = ({ do: what }: ReadyOp): Outcome => ({
  is: 'interrupted',
  ...(kindOfOp(what).half === true && { half: true }),
});

async function settleNow(running: Running, step: StepId, n: number, hand: Hand, unknown: Outcome): Promise<Settled> {
  const state = stepOf(running.state, step).ops.get(n);
  return state ? settle(running, state, hand) : unknown;
}

async function proof(running: Running, op: ReadyOp, mark: Mark | null | undefined): Promise<Stop | null> {
  const { clock } = running.parts.site;
  const begin = clock.ticks();
  // A wait has just looked at what it waited for.
  for (
    let [pause, look] = [20, running.still(mark)];
    ;
    [pause, look] = [Math.min(500, pause * 2), running.look(mark)]
  ) {
    const proofs = await running.prove(op.done, look);
    const missing = proofs.find(one => !holds(one));
    if (!missing) return null;
    if (clock.ticks() - begin > proofWithin)
      return { is: 'failed', why: `it ended well, and yet: ${complaint(missing)}` };
    await clock.sleep(ms(pause));
  }
}

interface InHand {
  readonly op: ReadyOp;
  readonly guard: HostGuard | null;
  readonly source: HostGuard | null;
  readonly job: string;
}

function handOf(running: Running, step: StepId, n: number, { guard, source, job }: InHand): Hand {
  const { site, keeping, book, person, stop, tell } = running.parts;
  const { mark } = stepOf(running.state, step);
  return {
    site,
    keeping,
    checks: book.checks,
    look: () => running.look(mark),
    still: () => running.still(mark),
    guard,
    source,
    job: { run: running.state.run, op: job },
    token: xid => running.add({ e: 'token', step, n, xid }),
    tell: progress => {
      tell({ is: 'progress', step, n, progress });
    },
    stop,
    person,
    yes: running.state.options.yes,
  };
}

function stopOf(op: ReadyOp, outcome: Exclude<Outcome, { is: 'done' }>): Stop {
  const on = op.on === 'here' ? '' : `${op.on}: `;
  switch (outcome.is) {
    case 'failed':
      return { is: 'failed', why: `${on}${outcome.found}`, ...(outcome.hint !== undefined && { hint: outcome.hint }) };
    case 'refused':
      return {
        is: 'refused',
        why: `${on}held back on the host: ${outcome.what} is ${outcome.found}, expected ${outcome.expected}`,
      };
    case 'unknown':
      return { is: 'unknown', why: `${on}what became of it is not known: ${outcome.why}` };
    case 'unreachable':
      return { is: 'unreachable', why: `${on}${outcome.why}` };
    case 'interrupted':
      return { is: 'interrupted', why: 'interrupted' };
    case 'waits':
      return { is: 'waits', why: `waits for an answer: ${outcome.question}` };
  }
}

/** Receipts are named by it: safe as a file name. */
const slug = (step: string): string => step.replaceAll('/', '.').replace(/[^A-Za-z0-9._-]/g, '_');
