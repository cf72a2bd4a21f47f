// One step: marked, planned again at its turn, bound to what was shown, carried out, proven.

import { showDuration, ms, seconds } from '../time.ts';
import { bind, type BoundOp } from './bind.ts';
import { wordsOf } from './book.ts';
import type { Stop } from './end.ts';
import { gate } from './gate.ts';
import { guardHasHoles } from './guard.ts';
import { kindOfOp } from './kinds/index.ts';
import { takeMark } from './mark.ts';
import { runOp, settleInFlight } from './op.ts';
import { planStep } from './plan.ts';
import { isHole, type PlannedStep, promiseOf } from './planned.ts';
import { complaint, holds, type Running } from './running.ts';
import { hasBegun, inFlight, stepOf } from './state.ts';
import type { Outputs } from './scope.ts';

/** How long a step's promise may take to come true once its ops are done. */
const proofWithin = seconds(30);

/** Brings one step to its end, from wherever it stands; null where it is done or left out. */
export async function runStep(running: Running, shown: PlannedStep): Promise<Stop | null> {
  if (stepOf(running.state, shown.id).is === 'waiting') {
    const mark = shown.marked ? await takeMark(running.lastMoment(), running.nodes) : null;
    await running.add({ e: 'step', step: shown.id, mark });
  }
  // Where there is no way back nothing counts that was seen before: it is looked anew, at all nodes at once.
  if (shown.ways.some(({ ops }) => ops.some(({ op }) => op.undo === 'never'))) running.lookAround();
  for (let tries = 0; ; tries += 1) {
    const stop = await attempt(running, shown);
    if (stop?.is !== 'failed' || tries >= shown.retry || running.parts.stop.aborted) return stop;
    running.acted();
  }
}

async function attempt(running: Running, shown: PlannedStep): Promise<Stop | null> {
  const flight = inFlight(stepOf(running.state, shown.id));
  if (flight) {
    const stop = await settleInFlight(running, shown.id, flight.n, flight.op);
    if (stop) return stop;
  }
  const begun = hasBegun(stepOf(running.state, shown.id));
  if (begun && (await provenAlready(running, shown))) return null;
  if (begun && allDone(running, shown)) return prove(running, shown);

  const fresh = await planNow(running, shown);
  const differs = sameCondition(shown, fresh);
  if (differs) return differs;
  if (fresh.happens === false) {
    await running.add({ e: 'done', step: shown.id, is: 'skipped', why: fresh.why ?? null });
    return null;
  }
  const refusal = begun ? undefined : refusalOf(running, fresh);
  if (refusal) return refusal;
  const { ops } = stepOf(running.state, shown.id);
  const isDone = (n: number): boolean => ops.get(n)?.outcome?.is === 'done' && ops.get(n)?.undone === false;
  const bound = bind(shown, fresh, isDone, begun ? (stepOf(running.state, shown.id).way ?? null) : null);
  if (bound.is === 'differs') {
    return {
      is: 'refused',
      why: `step ${shown.id} is no longer what was shown: shown was ${bound.expected}; now it would be ${bound.found}`,
      hint: `look at the new plan: lifeboat run ${running.state.plan.book} --dry-run`,
    };
  }
  await running.add({ e: 'way', step: shown.id, way: bound.way, why: fresh.why ?? null, loss: fresh.loss ?? null });
  return (await runOps(running, shown, fresh, bound.ops)) ?? (await prove(running, shown));
}

async function runOps(
  running: Running,
  shown: PlannedStep,
  fresh: PlannedStep,
  ops: readonly BoundOp[],
): Promise<Stop | null> {
  for (const one of ops) {
    const state = stepOf(running.state, shown.id);
    const former = state.ops.get(one.n);
    if (one.passed === true || (former?.outcome?.is === 'done' && !former.undone)) continue;
    if (one.shown.op.done.length > 0) {
      const proofs = await running.prove((one.fresh ?? one.shown).op.done, running.still(state.mark));
      if (proofs.every(holds)) {
        await running.add({
          e: 'left-out',
          step: shown.id,
          n: one.n,
          why: `it holds already: ${proofs.map(p => p.words).join(', ')}`,
        });
        continue;
      }
    }
    if (!one.fresh)
      return { is: 'refused', why: `step ${shown.id} would now leave out what was shown, and its proof does not hold` };
    if (running.parts.stop.aborted) return { is: 'interrupted', why: 'interrupted' };
    if (one.shown.op.undo === 'never' && kindOfOp(one.shown.op.do).changes && !running.state.accepted) {
      const stop = await gate(running, fresh.loss ?? null);
      if (stop) return stop;
    }
    const stop = await runOp(running, shown.id, one);
    if (stop) return stop;
  }
  return null;
}

/** Planned at its turn: with the facts of now. Guards are looked up only where the shown one left a hole. */
function planNow(running: Running, shown: PlannedStep): Promise<PlannedStep> {
  const step = running.state.steps[shown.number - 1];
  if (!step) throw new Error(`step ${shown.id} is not in the list`);
  const { mark } = stepOf(running.state, shown.id);
  const holes = shown.ways.some(way =>
    way.ops.some(({ guard, source }) => guardHasHoles(guard) || guardHasHoles(source)),
  );
  const guards = holes ? 'with guards' : 'without guards';
  return planStep(running.parts.book, step, shown.number, running.still(mark), outputsOf(running), guards);
}

const outputsOf =
  (running: Running): Outputs =>
  id => {
    const state = running.state.of.get(id);
    return state?.is === 'done' ? state.outputs : state?.is === 'skipped' ? undefined : 'later';
  };

function sameCondition(shown: PlannedStep, fresh: PlannedStep): Stop | undefined {
  if (isHole(shown.happens) || shown.happens === fresh.happens) return undefined;
  const word = (happens: PlannedStep['happens']): string => (happens === false ? 'left out' : 'carried out');
  return {
    is: 'refused',
    why: `step ${shown.id} was shown as ${word(shown.happens)}, and would now be ${word(fresh.happens)}`,
  };
}

function refusalOf(running: Running, fresh: PlannedStep): Stop | undefined {
  for (const { check, verdict } of fresh.needs) {
    const words = wordsOf(running.parts.book.checks, check);
    if (verdict.is === 'holds' || verdict.is === 'absent') continue;
    const unreachable = verdict.is === 'silent' && verdict.unreachable;
    const hint = verdict.is === 'fails' || verdict.is === 'silent' ? verdict.hint : undefined;
    return {
      is: unreachable ? 'unreachable' : 'refused',
      why: `${check.on}: ${complaint({ check, words, verdict })}`,
      hint,
    };
  }
  return undefined;
}

/** Nothing of the way begun is left to do: only its promise has to come true. */
function allDone(running: Running, shown: PlannedStep): boolean {
  const state = stepOf(running.state, shown.id);
  const all = shown.ways.find(way => way.name === state.way)?.ops.length ?? 0;
  return (
    all > 0 && [...state.ops.values()].filter(({ outcome, undone }) => outcome?.is === 'done' && !undone).length === all
  );
}

/** A step whose ops have begun and whose promise holds is done, whatever it would plan now. */
async function provenAlready(running: Running, shown: PlannedStep): Promise<boolean> {
  const state = stepOf(running.state, shown.id);
  const all = shown.ways.find(way => way.name === state.way)?.ops.length ?? 0;
  const over = [...state.ops.values()].filter(({ outcome }) => outcome?.is === 'done').length;
  // Without a promise only the ops themselves can tell.
  const promise = promiseOf(shown, state.way);
  if (promise.length === 0 && over < all) return false;
  const proofs = await running.prove(promise, running.look(state.mark));
  if (!proofs.every(holds)) return false;
  await finish(running, shown, proofs);
  return true;
}

async function prove(running: Running, shown: PlannedStep): Promise<Stop | null> {
  const { clock } = running.parts.site;
  const begin = clock.ticks();
  const within = shown.timeout ?? proofWithin;
  const { mark, way } = stepOf(running.state, shown.id);
  const promise = promiseOf(shown, way);
  for (let pause = 0; ; pause = Math.min(500, Math.max(20, pause * 2))) {
    // First what the proof of its last op has seen.
    const proofs = await running.prove(promise, pause === 0 ? running.still(mark) : running.look(mark));
    const missing = proofs.find(one => !holds(one));
    if (!missing) {
      await finish(running, shown, proofs);
      return null;
    }
    if (clock.ticks() - begin > within) {
      const why = `${missing.check.on}: after ${showDuration(ms(within))}: ${complaint(missing)}`;
      const hint = missing.verdict.is === 'fails' ? missing.verdict.hint : undefined;
      return { is: 'failed', why, hint };
    }
    await clock.sleep(ms(pause));
  }
}

async function finish(
  running: Running,
  shown: PlannedStep,
  proofs: Awaited<ReturnType<Running['prove']>>,
): Promise<void> {
  if (proofs.length > 0) await running.add({ e: 'proven', step: shown.id, proofs });
  await running.add({ e: 'done', step: shown.id, is: 'done', why: null });
}
