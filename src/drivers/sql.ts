// SQL on a node: looking without the power to change, and one statement under guard on the connection that runs it.

import type { Answered, HostGuard, Statement } from '../ports.ts';
import { quoteLiteral } from '../postgres/settings.ts';
import type { Duration } from '../time.ts';
import { exec, silentBy } from './exec.ts';
import { newMark, sections } from './frames.ts';
import { isRefusedLogin, openSession, type SqlSession } from './postgres-client.ts';
import type { SqlPlace } from './postgres-door.ts';
import { guardScript, timelineSql } from './scripts/guard.ts';
import { prelude, siteArgs } from './scripts/prelude.ts';
import { isNoSocket } from './shell.ts';

/** Read-only by a setting of the session. */
export function readRows(place: SqlPlace, statement: Statement, within: Duration): Promise<Answered> {
  return inSession(place, statement.database, within, true, session => session.query(statement));
}

/** What one text that begins its own read-only transaction says, under the server's own settings. */
export function readSettings(place: SqlPlace, text: string, within: Duration): Promise<Answered> {
  return inSession(place, undefined, within, false, session => session.query({ text }));
}

export async function guardedSql(
  place: SqlPlace,
  statement: Statement,
  guard: HostGuard,
  within: Duration,
  token: (xid: string) => Promise<void>,
): Promise<Answered> {
  return inSession(place, statement.database, within, false, async session => {
    const block = aloneOnly(statement.text)
      ? guardBlock(guard)
      : `begin; ${guardBlock(guard)}; select pg_is_in_recovery()`;
    // Side by side: both have said yes before the statement is sent.
    const [held, begun] = await Promise.all([heldBack(place, guard, within), session.query({ text: block })]);
    if (held) return held;
    if (begun.is !== 'rows') return notSent(begun);
    if (aloneOnly(statement.text)) return session.query(statement);
    // A standby gives out no transaction ids.
    return inTransaction(session, statement, guard, begun.rows[0]?.[0] === 'f' ? token : undefined);
  });
}

async function inSession(
  place: SqlPlace,
  database: string | undefined,
  within: Duration,
  readOnly: boolean,
  use: (session: SqlSession) => Promise<Answered>,
): Promise<Answered> {
  let session: Awaited<ReturnType<typeof openSession>>;
  try {
    session = await openSession(place, { database, within, readOnly });
  } catch (error) {
    return { is: 'silent', why: silentBy(error).why };
  }
  if (isNoSocket(session)) return { is: 'silent', why: session.no };
  if (isRefusedLogin(session)) return { is: 'error', ...session };
  try {
    return await use(session);
  } finally {
    session.end();
  }
}

/** The host key and the lock lie outside the server: they are looked at after the connection stands, just before the statement. */
async function heldBack(place: SqlPlace, guard: HostGuard, within: Duration): Promise<Answered | undefined> {
  const found = await place.shell.hostKey(within);
  if (found !== guard.hostKey) return { is: 'refused', what: 'host key', expected: guard.hostKey, found };
  if (guard.lock === null) return undefined;
  const mark = newMark();
  const script = `${prelude}${guardScript}\nguard_lock "$1"\nsay held\n`;
  const done = await exec(
    place.shell,
    { script, args: [...siteArgs(mark, place.node), guard.lock], tidy: true },
    { within },
  );
  if (done.is !== 'ended') return { is: 'silent', why: done.why };
  const said = sections(done.stdout, mark);
  if (said.some(({ name }) => name === 'held')) return undefined;
  const [what = 'lock', expected = guard.lock, seen = 'nothing'] =
    said.find(({ name }) => name === 'refused')?.text.split('\n') ?? [];
  return { is: 'refused', what, expected, found: seen };
}

/**
 * Statements that PostgreSQL refuses inside a transaction block, so that the guard cannot share their query (PreventInTransactionBlock).
 * One that is missing here fails with 25001 and has changed nothing.
 */
const aloneOnly = (text: string): boolean =>
  /^\s*(alter\s+system|vacuum|(create|drop)\s+(database|tablespace|subscription)|alter\s+database\s.*\sset\s+tablespace|(create|drop)\s+(unique\s+)?index\s+concurrently|reindex\s|cluster\s*;?$)/i.test(
    text,
  );

/** The transaction's id is journaled before the statement is sent: it settles what became of it when the answer is lost. */
async function inTransaction(
  session: SqlSession,
  statement: Statement,
  guard: HostGuard,
  token: ((xid: string) => Promise<void>) | undefined,
): Promise<Answered> {
  if (token) {
    const given = await session.query({ text: 'select pg_current_xact_id()' });
    if (given.is !== 'rows') return notSent(given);
    await token(given.rows[0]?.[0] ?? '');
  }
  const answer = statement.values?.length
    ? await session.query(statement)
    : await session.query({ text: `${guardBlock(guard)}; ${statement.text}` });
  if (answer.is !== 'rows') return refusal(answer);
  const committed = await session.query({ text: 'commit' });
  // A deferred constraint fails here; a cancelled wait for the synchronous standby is a warning (01000) of a commit that is done.
  return committed.is === 'rows' ? { ...answer, notices: [...answer.notices, ...committed.notices] } : committed;
}

/** A code of our own class, which no server gives by itself. */
const refusedState = 'LB001';

/** Raises an error where the server is not what the plan saw; `what`, `expected` and `found` travel in the fields of the error. */
function guardBlock({ systemId, role, timeline, postmaster }: HostGuard): string {
  const check = (what: string, expected: string, found: string): string =>
    `found := ${found}; if found is distinct from ${quoteLiteral(expected)} then raise exception using errcode = '${refusedState}', message = concat_ws(E'\\n', ${quoteLiteral(what)}, ${quoteLiteral(expected)}, coalesce(found, 'nothing')); end if;`;
  const roles = "case when pg_is_in_recovery() then 'standby' else 'primary' end";
  const file = "string_to_array(pg_read_file('postmaster.pid'), E'\\n')";
  const body = [
    check('system identifier', systemId ?? 'none', '(select system_identifier::text from pg_control_system())'),
    ...(role === undefined ? [] : [check('role', role, roles)]),
    ...(timeline === undefined ? [] : [check('timeline', String(timeline), `(${timelineSql})::text`)]),
    ...(postmaster === undefined ? [] : [check('postmaster', postmaster, `(${file})[1] || '@' || (${file})[3]`)]),
  ];
  return `do $lifeboat$ declare found text; begin ${body.join(' ')} end $lifeboat$`;
}

/** A loss before the statement was sent leaves nothing unknown. */
function notSent(answer: Extract<Answered, { is: 'error' | 'cut' }>): Answered {
  return answer.is === 'cut' ? { is: 'silent', why: answer.why } : refusal(answer);
}

function refusal(answer: Extract<Answered, { is: 'error' | 'cut' }>): Answered {
  if (answer.is === 'cut' || answer.sqlstate !== refusedState) return answer;
  const [what = '', expected = '', found = ''] = answer.message.split('\n');
  return { is: 'refused', what, expected, found };
}
