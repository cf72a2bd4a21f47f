// The guard of an op in the shell: what must be true on the host, looked at in the very shell that then does it.

import type { HostGuard } from '../../ports.ts';
import { lockLines } from './lock.ts';

/** A refusal has an exit code of its own, so that no program's failure can be taken for one. */
export const refusedCode = 97;

/** The arguments that {@link guardScript}'s `guard` takes. */
export function guardArgs(guard: HostGuard): string[] {
  return [
    guard.lock ?? '-',
    guard.systemId ?? 'none',
    guard.role ?? '-',
    guard.timeline === undefined ? '-' : String(guard.timeline),
    guard.postmaster ?? '-',
  ];
}

/** How many {@link guardArgs} there are. */
export const guardCount = 5;

/**
 * The timeline that a running server is on. pg_control of a standby has the former one until its next restartpoint, and its WAL
 * receiver's row is gone as soon as the primary is: then the WAL it has tells, whose names begin with it (seen on 15).
 */
export const timelineSql = `case when pg_is_in_recovery()
 then coalesce((select received_tli from pg_stat_wal_receiver), (select greatest(timeline_id, min_recovery_end_timeline, (select max(('x' || substr(name, 1, 8))::bit(32)::int) from pg_ls_waldir() where length(name) = 24)) from pg_control_checkpoint(), pg_control_recovery()))
 else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int end`;

const roleSql = `select case when pg_is_in_recovery() then 'standby' else 'primary' end || ' ' || ${timelineSql}`;

/**
 * `guard LOCK SYSTEM ROLE TIMELINE POSTMASTER`, `-` where it does not matter. It asks the cheap things first, and the server only
 * where role or timeline are wanted. A server that runs and does not say its role counts as a primary.
 */
export const guardScript = `${lockLines}
refuse() {
  printf '\\n@%s refused\\n%s\\n%s\\n%s\\n@%s end\\n' "$mark" "$1" "$2" "$3" "$mark"
  exit ${String(refusedCode)}
}
look_role() {
  role=down line=
  running=
  found_one() { running=1; }
  each_process found_one
  if [ -z "$running" ]; then return 0; fi
  role=unreadable
  [ "$pm" != none ] || return 0
  set -- $(PGCONNECT_TIMEOUT=3 PGAPPNAME=lifeboat PGOPTIONS='-c default_transaction_read_only=on -c statement_timeout=3000' \\
    timeout -k 1 5 "$bin/psql" -XAtqw -h "$socket" -p "$port" -U "$user" -d "$database" -c "${roleSql.replaceAll('\n', ' ')}" 2>/dev/null </dev/null)
  case $1 in primary | standby) role=$1 line=$2 ;; esac
}
guard_lock() {
  [ "$1" != - ] || return 0
  read_lock
  if [ -z "$l_token" ]; then refuse lock "$1" none; fi
  if [ "$l_token" != "$1" ]; then refuse lock "$1" "$l_token, of run $l_run by $l_owner"; fi
}
# The first eight bytes of pg_control, in the machine's own order, in every version (src/include/catalog/pg_control.h): an op has
# to wait for this, and pg_controldata takes three times as long.
system_identifier() {
  control=
  value=$(od -An -tu8 -N8 "$data/global/pg_control" 2>/dev/null) || value=
  value=\${value##* }
  [ -n "$value" ] && return 0
  controldata
  field 'Database system identifier'
}
guard() {
  guard_lock "$1"
  case $3$4$5 in ---) ;; *) postmaster ;; esac
  if [ "$5" != - ] && [ "$pm" != "$5" ]; then refuse postmaster "$5" "$pm"; fi
  if [ "$2" = none ]; then
    if [ -e "$data/global/pg_control" ]; then
      controldata
      field 'Database system identifier'
      refuse 'system identifier' none "\${value:-a data directory that cannot be read}"
    fi
  else
    system_identifier
    if [ "$value" != "$2" ]; then refuse 'system identifier' "$2" "\${value:-none that can be read}"; fi
  fi
  if [ "$3" != - ] || [ "$4" != - ]; then
    look_role
    case $3:$role in
      -:* | primary:primary | primary:unreadable | standby:standby | down:down) ;;
      *:unreadable) refuse role "$3" 'a server that does not say, which counts as a primary' ;;
      *) refuse role "$3" "$role" ;;
    esac
    if [ "$4" != - ]; then
      if [ -z "$line" ]; then
        [ -n "$control" ] || controldata
        field "Latest checkpoint's TimeLineID"
        line=$value
      fi
      if [ "$line" != "$4" ]; then refuse timeline "$4" "\${line:-none that can be read}"; fi
    fi
  fi
}
`;
