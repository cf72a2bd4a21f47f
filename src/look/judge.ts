// The shape that most checks share: one fact of one node against what is wanted.

import type { Verdict } from './check.ts';
import type { Known } from './facts.ts';

export interface Wanted<T> {
  readonly expected: string;
  readonly holds: (value: T) => boolean;
  readonly show?: (value: T) => string;
  readonly hint?: string;
  /** What to type when the node does not answer. */
  readonly whenSilent?: string;
}

/** A verdict that one comparison does not give; later and silent stay what they are. */
export function judgeKnown<T>(known: Known<T>, verdict: (value: T) => Verdict): Verdict {
  return known.is === 'later' || known.is === 'silent' ? known : verdict(known.value);
}

/** Later and silent stay what they are: the first is no refusal, the second always one. */
export function judge<T>(known: Known<T>, wanted: Wanted<T>): Verdict {
  if (known.is === 'later') return { is: 'later', after: known.after };
  if (known.is === 'silent') {
    const { why, unreachable } = known;
    return { is: 'silent', why, unreachable, ...(wanted.whenSilent !== undefined && { hint: wanted.whenSilent }) };
  }
  const told = known.is === 'told' ? ` (told by ${known.by})` : '';
  const found = `${(wanted.show ?? String)(known.value)}${told}`;
  if (wanted.holds(known.value)) return { is: 'holds', found };
  return { is: 'fails', expected: wanted.expected, found, ...(wanted.hint !== undefined && { hint: wanted.hint }) };
}
