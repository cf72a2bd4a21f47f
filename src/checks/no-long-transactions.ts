// no-long-transactions: nobody is in the midst of work that a stop would throw away.

import { Type } from 'typebox';
import { checkKind } from '../look/check.ts';
import { judgeKnown } from '../look/judge.ts';
import { duration } from '../runbook/vocabulary.ts';
import { type Duration, ms, seconds, showDuration } from '../time.ts';
import { inPsql } from '../look/in-psql.ts';

const usual = seconds(60);

// The text of a query is left out: it may hold what nobody but its owner should read.
const query = (longer: Duration): string => `select pid, usename, application_name, state,
 round(extract(epoch from clock_timestamp() - xact_start) * 1000), to_char(xact_start at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
 from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()
 and xact_start < clock_timestamp() - interval '${String(longer)} milliseconds' order by xact_start`;

export const noLongTransactions = checkKind({
  name: 'no-long-transactions',
  summary: 'No client’s transaction is open for so long: a stop would roll its work back',
  params: Type.Object({
    longer_than: Type.Optional(duration({ description: 'How old a transaction may get; 1min where absent' })),
  }),
  example: '{ check: no-long-transactions, on: primary, longer_than: 1min }',
  words: (on, { longer_than: longer = usual }) => `no transaction on ${on} is older than ${showDuration(longer)}`,
  test: async (on, { longer_than: longer = usual }, look) =>
    judgeKnown(await look.rows(on, query(longer)), rows => {
      if (rows.length === 0) return { is: 'holds', found: 'none' };
      const pids = rows.map(([pid = '']) => pid);
      return {
        is: 'fails',
        expected: `none older than ${showDuration(longer)}`,
        found: rows.map(described).join('; '),
        hint: `let them end, or end them: ${inPsql(look.node(on), ...pids.map(pid => `select pg_terminate_backend(${pid})`))}`,
      };
    }),
  forecast: () => ({}),
});

function described([
  pid = '',
  user = '',
  application = '',
  state = '',
  age = '',
  since = '',
]: readonly string[]): string {
  const from = application === '' ? '' : ` (${application})`;
  return `pid ${pid}, user ${user}${from}, ${state}, open for ${showDuration(ms(Number(age)))}, since ${since}`;
}
