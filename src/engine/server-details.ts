// What a server says of itself beyond a survey: slots, archiver, waiting commits; one query that works on 13 to 18.

import type { ServerDetails } from '../monitor/triage/evidence.ts';
import { parseLsn } from '../postgres/lsn.ts';
import { bytes, ms, parseInstant } from '../time.ts';

const at = (expression: string): string => `to_char(${expression} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** Where WAL ends, on either kind of server, to reckon from what a slot holds. */
const end = 'case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end';

export const serverDetailsSql = `select json_build_object(
 'slots', (select coalesce(json_agg(json_build_object('name', slot_name, 'active', active, 'restart', restart_lsn, 'walStatus', wal_status, 'held', pg_wal_lsn_diff(${end}, restart_lsn)) order by slot_name), '[]') from pg_replication_slots),
 'slotName', current_setting('primary_slot_name'),
 'applyDelay', (select setting from pg_settings where name = 'recovery_min_apply_delay'),
 'archiver', (select json_build_object('failed', failed_count, 'lastFailed', last_failed_wal, 'lastFailedAt', ${at('last_failed_time')}, 'lastArchivedAt', ${at('last_archived_time')}) from pg_stat_archiver),
 'clients', (select count(*) from pg_stat_activity where backend_type = 'client backend' and application_name <> 'lifeboat'),
 'syncWaits', (select json_build_object('sessions', count(*), 'longest', extract(epoch from max(clock_timestamp() - state_change)) * 1000) from pg_stat_activity where wait_event = 'SyncRep')
)::text`;

interface Raw {
  readonly slots: readonly {
    readonly name: string;
    readonly active: boolean;
    readonly restart: string | null;
    readonly walStatus: string | null;
    readonly held: number | null;
  }[];
  readonly slotName: string;
  /** Milliseconds. */
  readonly applyDelay: string;
  readonly archiver: {
    readonly failed: number;
    readonly lastFailed: string | null;
    readonly lastFailedAt: string | null;
    readonly lastArchivedAt: string | null;
  } | null;
  readonly clients: number;
  readonly syncWaits: { readonly sessions: number; readonly longest: number | null };
}

export function readServerDetails(json: string): ServerDetails {
  const { slots, slotName, applyDelay, archiver, clients, syncWaits } = JSON.parse(json) as Raw;
  return {
    slots: slots.map(slot => ({
      ...slot,
      restart: parseLsn(slot.restart ?? '') ?? null,
      held: slot.held === null ? null : bytes(Math.max(0, slot.held)),
    })),
    slotName,
    applyDelay: ms(Number(applyDelay)),
    archiver: {
      failed: archiver?.failed ?? 0,
      lastFailed: archiver?.lastFailed ?? null,
      lastFailedAt: parseInstant(archiver?.lastFailedAt ?? '') ?? null,
      lastArchivedAt: parseInstant(archiver?.lastArchivedAt ?? '') ?? null,
    },
    clients,
    syncWaits: {
      sessions: syncWaits.sessions,
      longest: syncWaits.longest === null ? null : ms(Math.round(syncWaits.longest)),
    },
  };
}
