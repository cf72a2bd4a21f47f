// Where a replication slot stands, asked over SQL: PostgreSQL 13 and 14 have no READ_REPLICATION_SLOT.

import { Fault } from '../faults.ts';
import { parseLsn } from '../postgres/lsn.ts';
import type { Slot } from '../repo/replication.ts';
import type { Duration } from '../time.ts';
import { isRefusedLogin, openSession } from './postgres-client.ts';
import { type DirectPlace, doorOf, type SqlPlace } from './postgres-door.ts';
import { isNoSocket } from './shell.ts';

const text = 'select slot_type, restart_lsn from pg_catalog.pg_replication_slots where slot_name = $1';

/** Undefined where there is none; throws a Fault. */
export async function slotOverSql(
  place: SqlPlace | DirectPlace,
  name: string,
  within: Duration,
): Promise<Slot | undefined> {
  const on = doorOf(place).name;
  const session = await openSession(place, { within, readOnly: true });
  if (isNoSocket(session)) throw new Fault('unreachable', session.no, { on });
  if (isRefusedLogin(session)) throw refused(on, session);
  try {
    const answer = await session.query({ text, values: [name] });
    if (answer.is === 'cut') throw new Fault('unreachable', answer.why, { on });
    if (answer.is === 'error') throw refused(on, answer);
    const [type, restartLsn] = answer.rows[0] ?? [];
    if (type === undefined) return undefined;
    if (type !== 'physical') throw new Fault('refused', `the slot "${name}" is ${type}, not physical`, { on });
    return { restartLsn: parseLsn(restartLsn ?? '') ?? null, restartTimeline: null };
  } finally {
    session.end();
  }
}

const refused = (on: string, { sqlstate, message }: { readonly sqlstate: string; readonly message: string }): Fault =>
  new Fault('refused', `${message} [${sqlstate}]`, { on, cause: { code: sqlstate } });
