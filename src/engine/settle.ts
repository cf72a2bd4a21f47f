// An op whose outcome is not known: first its proof, then its receipt, then "it did not happen", else unknown.

import { ms, seconds, showDuration } from '../time.ts';
import { kindOfOp } from './kinds/index.ts';
import type { Hand, Outcome } from './kinds/kind.ts';
import { type Forecast, kindOf } from '../look/check.ts';
import { valueOf } from '../look/facts.ts';
import type { ReadyOp } from '../ops.ts';
import type { NodeName } from '../ports.ts';
import type { Check } from '../runbook/book-types.ts';
import { holds, type Running } from './running.ts';
import type { OpState } from './state.ts';

/** `not-begun`: it did not happen, and may be done. */
export type Settled = Outcome | { readonly is: 'not-begun' };

const pollEvery = ms(200);
/** A host that was out of reach for a moment is the usual reason to be here. */
const patience = seconds(20);

export async function settle(running: Running, { op, token }: OpState, hand: Hand): Promise<Settled> {
  const { clock } = running.parts.site;
  const begin = clock.ticks();
  const limit = op.within + patience;
  let why = 'its host does not answer';
  for (;;) {
    if (op.done.length > 0 && (await running.prove(op.done, hand.look())).every(holds)) {
      return { is: 'done', outputs: { settled: 'its proof holds' } };
    }
    const receipt = await receiptOf(op, hand, token);
    if (receipt === 'none') return { is: 'not-begun' };
    if (receipt !== 'running') {
      if (receipt.is !== 'unknown') return receipt;
      why = receipt.why;
    }
    const waited = clock.ticks() - begin;
    if (waited > (receipt === 'running' ? limit : patience)) {
      const running_ = receipt === 'running' ? `it still runs after ${showDuration(ms(waited))}` : why;
      return { is: 'unknown', why: running_ };
    }
    await clock.sleep(pollEvery);
  }
}

async function receiptOf(
  op: OpState['op'],
  hand: Hand,
  token: string | undefined,
): Promise<Outcome | 'running' | 'none'> {
  const kind = kindOfOp(op.do);
  if (kind.again === 'harmless' || !kind.receipt) return 'none';
  return kind.receipt(op, hand, token);
}

/**
 * A start that was held back, for a postmaster was there already, or lost the race for postmaster.pid: somebody else, a service
 * manager, was quicker by a moment. Where that server becomes what the op was to make of it, up and in its role, that has
 * happened which was wanted.
 */
export async function startedByOther(running: Running, op: ReadyOp, hand: Hand, outcome: Outcome): Promise<Outcome> {
  if (outcome.is !== 'refused' && outcome.is !== 'failed') return outcome;
  const forecasts = op.done.map(check => forecastOf(running, check));
  const isRole = forecasts.map(({ role }) => role !== undefined);
  if (op.on === 'here' || !forecasts.some(isUp) || !isRole.includes(true)) return outcome;
  const late = outcome.is === 'refused' && outcome.what === 'postmaster' && outcome.expected === 'none';
  const runs = late ? outcome.found : outcome.is === 'failed' ? await postmasterOf(hand, op.on) : 'none';
  if (runs === 'none') return outcome;
  const { clock } = running.parts.site;
  const begin = clock.ticks();
  for (;;) {
    const proofs = await running.prove(op.done, hand.look());
    if (proofs.every(holds)) {
      const found = `${late ? 'somebody else started it' : 'it runs all the same'}, as postmaster ${runs}`;
      return { is: 'done', outputs: { settled: `${found}: ${proofs.map(({ words }) => words).join(', ')}` } };
    }
    // Up, and as something else: that does not mend itself.
    const other = proofs.some(({ verdict }, n) => verdict.is === 'fails' && isRole[n] === true);
    if (other || clock.ticks() - begin > (late ? op.within : patience)) return outcome;
    await clock.sleep(pollEvery);
  }
}

const forecastOf = ({ parts }: Running, check: Check): Forecast =>
  kindOf(parts.book.checks, check).forecast(check.with);

const isUp = ({ ready }: Forecast): boolean => typeof ready === 'object' && ready.value === 'accepting';

const postmasterOf = async (hand: Hand, on: NodeName): Promise<string> =>
  valueOf(await hand.look().fact(on, 'postmaster')) ?? 'none';
