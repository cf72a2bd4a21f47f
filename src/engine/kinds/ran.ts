// What a job on a host came to, as an outcome.

import type { Answered, Ran } from '../../ports.ts';
import type { Outcome } from './kind.ts';

/** Any exit code but 0 is a failure; its last words are what the operator reads. */
export function outcomeOf(ran: Ran): Outcome {
  switch (ran.is) {
    case 'ended':
      if (ran.code === 0) return { is: 'done', outputs: { stdout: ran.stdout.trim() } };
      return {
        is: 'failed',
        found: `exit code ${String(ran.code)}${ran.code === 124 ? ' (its deadline passed)' : ''}: ${lastWords(ran)}`,
      };
    case 'refused':
      return { is: 'refused', what: ran.what, expected: ran.expected, found: ran.found };
    case 'cut':
      return { is: 'unknown', why: ran.why };
    case 'silent':
      return { is: 'unreachable', why: ran.why };
  }
}

export function outcomeOfAnswer(answered: Answered): Outcome {
  switch (answered.is) {
    case 'rows': {
      const first = answered.rows[0] ?? [];
      const outputs = Object.fromEntries(answered.columns.map((column, i) => [column, first[i] ?? '']));
      // 01000 on a COMMIT: the wait for a synchronous standby was cancelled, so the commit is local only (seen on 15 and 18).
      return {
        is: 'done',
        outputs: { ...outputs, ...(answered.notices[0] !== undefined && { notice: answered.notices[0] }) },
      };
    }
    case 'error':
      return { is: 'failed', found: `${answered.message} (SQLSTATE ${answered.sqlstate})` };
    case 'refused':
      return { is: 'refused', what: answered.what, expected: answered.expected, found: answered.found };
    case 'cut':
      return { is: 'unknown', why: answered.why };
    case 'silent':
      return { is: 'unreachable', why: answered.why };
  }
}

const lastWords = ({ stderr, stdout }: Extract<Ran, { is: 'ended' }>): string =>
  (stderr.trim() === '' ? stdout : stderr).trim().split('\n').slice(-3).join(' · ') || 'it said nothing';
