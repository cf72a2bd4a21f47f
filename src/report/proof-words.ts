// A proof in words: what was found, or what was expected instead; and the log lines that show it.

import type { Proof } from '../engine/events.ts';
import { holds } from '../engine/running.ts';
import type { Evidence, Verdict } from '../look/check.ts';

/** ✓ or ✗; `·` where it could not be looked at. */
export function proofMark(verdict: Verdict): '✓' | '✗' | '·' {
  if (verdict.is === 'holds') return '✓';
  return verdict.is === 'absent' || verdict.is === 'later' ? '·' : '✗';
}

export function foundWords(verdict: Verdict): string {
  switch (verdict.is) {
    case 'holds':
      return verdict.found;
    case 'fails':
      return `${verdict.found}, expected ${verdict.expected}`;
    case 'silent':
      return `no answer: ${verdict.why}`;
    case 'absent':
      return `cannot be shown: ${verdict.why}`;
    case 'later':
      return `known after ${verdict.after}`;
  }
}

export const evidenceOf = ({ verdict }: Proof): readonly Evidence[] =>
  verdict.is === 'holds' ? (verdict.evidence ?? []) : [];

export const allHold = (proofs: readonly Proof[]): boolean => proofs.every(holds);

/** `/var/log/postgresql.log:10342`: byte offset, as `tail -c +10343` wants it less one. */
export const placeOf = ({ file, offset }: Pick<Evidence, 'file' | 'offset'>): string => `${file}:${String(offset)}`;
