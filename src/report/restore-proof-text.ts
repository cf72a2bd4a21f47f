// What came of restoring backups to prove them, for a person.

import { type Duration, showDuration } from '../time.ts';
import { harmless } from './columns.ts';
import { type Json, plainData } from './plain-data.ts';
import { painter, type Style } from './style.ts';
import { hang } from './wrap.ts';

export interface RestoreProof {
  readonly id: string;
  readonly ok: boolean;
  readonly took: Duration;
  /** What was done and found well. */
  readonly steps: readonly string[];
  /** What was not; null where all was. */
  readonly failed: string | null;
}

/** Without a line feed at its end. */
export function restoreProofText(proofs: readonly RestoreProof[], { width, colour }: Style): string {
  const paint = painter(colour);
  return proofs
    .flatMap(({ id, ok, took, steps, failed }) => [
      ...hang(
        '',
        `backup ${id}: ${ok ? 'proven' : 'FAILED'} in ${showDuration(took)}`,
        width,
        ok ? paint.good : paint.bad,
      ),
      ...steps.flatMap(step => hang('  ✓ ', step, width)),
      ...(failed === null ? [] : hang('  ✗ ', harmless(failed), width, paint.bad)),
    ])
    .join('\n');
}

/** Durations in milliseconds. */
export const restoreProofJson = (proofs: readonly RestoreProof[]): Json => plainData({ backups: proofs });
