// One thing that a drill proves, or does not.

import type { DrillProof } from '../report/drill-report.ts';

export const proof = (name: string, holds: boolean, expected: string, found: string): DrillProof => ({
  name,
  holds,
  expected,
  found,
});

/** In words: nothing is a word, too. */
export const list = (words: readonly string[]): string => (words.length === 0 ? 'none' : words.join(', '));
