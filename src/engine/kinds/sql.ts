// sql: statements under guard on one connection; a lost answer is settled by the transaction's own status.

import type { Hole } from '../../runbook/book-types.ts';
import { seconds } from '../../time.ts';
import { isHole } from '../planned.ts';
import type { OpKind, Outcome } from './kind.ts';
import { mustGuard, never } from './must.ts';
import { outcomeOfAnswer } from './ran.ts';

const shown = (text: string | Hole): string => (isHole(text) ? `‹${text.hole}›` : text);

export const sql: OpKind<'sql'> = {
  name: 'sql',
  alters: ['written'],
  changes: true,
  again: 'only-if-not-done',
  words: ({ statements }) => ({ verb: 'sql', text: statements.map(({ text }) => shown(text)).join('; ') }),
  async perform(op, hand) {
    if (op.on === 'here') return never('sql on no server');
    const host = hand.site.host(op.on);
    let outcome: Outcome = { is: 'done', outputs: {} };
    for (const [at, statement] of op.do.statements.entries()) {
      const token = op.do.session ? () => Promise.resolve() : (xid: string) => hand.token(xid);
      outcome = outcomeOfAnswer(await host.sql(statement, mustGuard(hand.guard), op.within, token));
      if (outcome.is !== 'done') return at === 0 ? outcome : halfWay(outcome);
    }
    return outcome;
  },
  /** pg_xact_status knows for long what became of a transaction (manual 9.27.7). Settings and the like are settled by their proof, and harmless to do again. */
  async receipt(op, hand, token) {
    if (op.on === 'here' || op.do.session || token === undefined) return 'none';
    const host = hand.site.host(op.on);
    const answer = await host.rows(
      { text: `select coalesce(pg_xact_status('${token}'::xid8), 'too old')` },
      seconds(10),
    );
    if (answer.is === 'cut' || answer.is === 'silent') return { is: 'unknown', why: answer.why };
    if (answer.is !== 'rows') return { is: 'unknown', why: 'the status of its transaction cannot be read' };
    switch (answer.rows[0]?.[0]) {
      case 'committed':
        return { is: 'done', outputs: {} };
      case 'aborted':
        return 'none';
      case 'in progress':
        return 'running';
      default:
        return { is: 'unknown', why: 'the server no longer knows its transaction' };
    }
  },
};

/** "Refused" and "unreachable" say that nothing was done; after the first statement that is no longer so. */
function halfWay(outcome: Outcome): Outcome {
  if (outcome.is === 'refused')
    return {
      is: 'failed',
      found: `half done, then held back: ${outcome.what} is ${outcome.found}, expected ${outcome.expected}`,
    };
  return outcome.is === 'unreachable' ? { is: 'failed', found: `half done, then: ${outcome.why}` } : outcome;
}
