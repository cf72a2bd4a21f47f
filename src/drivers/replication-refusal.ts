// What a walsender says no with, as a Fault that keeps the SQLSTATE and names the next command.

import type { DatabaseError } from 'pg';
import { Fault } from '../faults.ts';
import type { Door } from './postgres-door.ts';

/** `cause.code` is the SQLSTATE: see sqlstateOf in repo/replication.ts. */
export function refusal(door: Door, error: DatabaseError): Fault {
  const [message, code] = [error.message, error.code ?? ''];
  // Starting up, shutting down, or in a recovery that lets nobody in yet: it is no answer to what was asked.
  const away = code.startsWith('57P0') || code.startsWith('08');
  const hint = hints[code]?.(door) ?? error.hint;
  const text = error.detail === undefined ? message : `${message} (${error.detail})`;
  return new Fault(away ? 'unreachable' : 'refused', code === '' ? text : `${text} [${code}]`, {
    on: door.name,
    cause: error,
    ...(hint !== undefined && { hint }),
  });
}

/** By SQLSTATE (manual, appendix A), as a walsender gives them on 13 to 18. */
const hints: Readonly<Record<string, (door: Door) => string>> = {
  // invalid_authorization_specification: no line of pg_hba.conf fits, or peer authentication names somebody else.
  '28000': door =>
    `${hbaHint(door)}\nthen: select pg_reload_conf(); to see what holds: select * from pg_hba_file_rules`,
  // invalid_password
  '28P01': ({ host, port, user }) =>
    `psql "host=${host} port=${String(port)} user=${user} replication=true" -c IDENTIFY_SYSTEM, with the password from where the inventory says it lies`,
  // insufficient_privilege
  '42501': ({ user }) => `alter role "${user}" replication`,
  // too_many_connections: max_wal_senders, or max_connections
  '53300': () =>
    'select pid, application_name, state from pg_stat_replication shows who is there; max_wal_senders can be raised with a restart',
  // configuration_limit_exceeded: all slots are taken
  '53400': () =>
    'select slot_name, active, restart_lsn from pg_replication_slots; drop what nobody uses, or raise max_replication_slots',
  // object_in_use
  '55006': () => 'select slot_name, active_pid from pg_replication_slots where active shows who uses it',
  // object_not_in_prerequisite_state: wal_level, a slot whose WAL is lost, a standby that was promoted
  '55000': () => 'select * from pg_replication_slots; show wal_level; select pg_is_in_recovery()',
  // undefined_object: no such slot
  '42704': () => "select pg_create_physical_replication_slot('SLOT', true)",
  // undefined_file: the segment is gone from pg_wal
  '58P01': () =>
    'a slot keeps WAL from being removed; what is gone may be in the archive, and without it a new base backup is needed',
};

const hbaHint = ({ host, user }: Door): string =>
  host.startsWith('/')
    ? `in pg_hba.conf: local replication ${user} peer`
    : `in pg_hba.conf: host replication ${user} ADDRESS/32 scram-sha-256 ("all" as the database does not cover replication)`;
