// What the server says about itself: one query that works on 13 to 18, on a primary and on a standby.

import { type Sender, type ServerSaid, surveyedSettings } from '../ports.ts';
import { type Lsn, parseLsn } from '../postgres/lsn.ts';
import { type Duration, type Instant, ms, parseInstant } from '../time.ts';
import { timelineSql } from './scripts/guard.ts';

/** RFC 3339 in UTC with microseconds, whatever DateStyle and TimeZone are. */
const at = (expression: string): string => `to_char(${expression} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/**
 * One row, one JSON value. Read-only by its transaction: a setting of the session would hide whether the server itself is so. A standby that replays a `DROP` can hold a catalogue query up, but not these views; `case` keeps the
 * functions that only a primary has from being called on a standby. The receiver's row is hidden while it starts.
 * The senders without the names of their users: with pg_authid the view pg_stat_replication is half of what all of this takes.
 */
export const serverSaidSql = `begin read only; select json_build_object(
 'inRecovery', pg_is_in_recovery(),
 'timeline', ${timelineSql},
 'written', case when not pg_is_in_recovery() then pg_current_wal_lsn() end,
 'received', pg_last_wal_receive_lsn(),
 'replayed', pg_last_wal_replay_lsn(),
 'replayPaused', case when pg_is_in_recovery() then pg_is_wal_replay_paused() else false end,
 'lastTransaction', ${at('pg_last_xact_replay_timestamp()')},
 'systemId', (select system_identifier::text from pg_control_system()),
 'version', current_setting('server_version_num')::int,
 'readOnly', current_setting('default_transaction_read_only') = 'on',
 'receiver', (select json_build_object('status', status, 'timeline', received_tli, 'latestEnd', latest_end_lsn, 'latestEndTime', ${at('latest_end_time')}) from pg_stat_wal_receiver),
 'senders', (select coalesce(json_agg(json_build_object('application', application_name, 'state', pg_stat_get_wal_senders.state, 'sync', sync_state, 'address', coalesce(host(client_addr), ''), 'sent', sent_lsn, 'replayed', replay_lsn, 'lag', extract(epoch from replay_lag) * 1000) order by application_name, pid), '[]') from pg_stat_get_wal_senders() join pg_stat_get_activity(null) using (pid)),
 'settings', (select json_object_agg(name, setting) from pg_settings where name in (${surveyedSettings.map(name => `'${name}'`).join(', ')}))
)::text`;

interface Raw {
  readonly inRecovery: boolean;
  readonly timeline: number | null;
  readonly written: string | null;
  readonly received: string | null;
  readonly replayed: string | null;
  readonly replayPaused: boolean;
  readonly lastTransaction: string | null;
  readonly systemId: string;
  readonly version: number;
  readonly readOnly: boolean;
  readonly receiver: {
    readonly status: string | null;
    readonly timeline: number | null;
    readonly latestEnd: string | null;
    readonly latestEndTime: string | null;
  } | null;
  readonly senders: readonly {
    readonly application: string;
    readonly state: string | null;
    readonly sync: string | null;
    readonly address: string;
    readonly sent: string | null;
    readonly replayed: string | null;
    readonly lag: number | null;
  }[];
  readonly settings: Readonly<Record<string, string>>;
}

export function readServerSaid(json: string): ServerSaid {
  const raw = JSON.parse(json) as Raw;
  const { receiver } = raw;
  return {
    ...raw,
    timeline: raw.timeline ?? 0,
    written: position(raw.written),
    received: position(raw.received),
    replayed: position(raw.replayed),
    lastTransaction: time(raw.lastTransaction),
    receiver: receiver && {
      status: receiver.status ?? '',
      timeline: receiver.timeline ?? 0,
      latestEnd: position(receiver.latestEnd),
      latestEndTime: time(receiver.latestEndTime),
    },
    senders: raw.senders.map((sender): Sender => ({
      ...sender,
      state: sender.state ?? '',
      sync: sender.sync ?? '',
      sent: position(sender.sent),
      replayed: position(sender.replayed),
      lag: lag(sender.lag),
    })),
  };
}

const position = (text: string | null): Lsn | null => (text === null ? null : (parseLsn(text) ?? null));
const time = (text: string | null): Instant | null => (text === null ? null : (parseInstant(text) ?? null));
const lag = (milliseconds: number | null): Duration | null =>
  milliseconds === null ? null : ms(Math.round(milliseconds));
