// An op whose outcome is not known: first its proof, then its receipt, then "it did not happen", else unknown.

import { ms, seconds, showDuration } from '../time.ts';
import { kindOfOp } from './kinds/index.ts';
import type { Hand, Outcome } from './kinds/kind.ts';
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
