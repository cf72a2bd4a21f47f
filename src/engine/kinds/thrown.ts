// A Fault that was thrown while the hands were at work, as an outcome.

import { Fault } from '../../faults.ts';
import { HeldBack } from '../../repo/held-back.ts';
import type { Outcome } from './kind.ts';

/** Anything else that is thrown is a bug, and goes on its way. */
export function outcomeOfFault(error: unknown): Outcome {
  if (!(error instanceof Fault)) throw error;
  if (error instanceof HeldBack)
    return { is: 'refused', what: error.what, expected: error.expected, found: error.found };
  if (error.code === 'interrupted') return { is: 'interrupted', half: true };
  if (error.code === 'unreachable') return { is: 'unknown', why: error.message };
  return { is: 'failed', found: error.message, ...(error.hint !== undefined && { hint: error.hint }) };
}
