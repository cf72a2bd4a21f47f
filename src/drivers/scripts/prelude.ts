// What every script on a node begins with: where things lie there, and how to read a data directory without PostgreSQL.

import { createHash } from 'node:crypto';
import type { NodeSite } from '../../runbook/inventory-types.ts';

/** The arguments that {@link prelude} takes, before those of the script. `mark` begins every line that is ours in the output. */
export function siteArgs(mark: string, { postgres, work }: NodeSite): string[] {
  const { data, bin, socket, port, user, database, log, wal } = postgres;
  const own = createHash('sha256').update(data).digest('hex').slice(0, 16);
  return [mark, work ?? '', own, data, wal ?? `${data}/pg_wal`, bin, socket, String(port), user, database, log ?? ''];
}

/** How many {@link siteArgs} there are. */
const count = 11;

/**
 * For dash and every other POSIX sh, with `test -ef` and `-nt` (POSIX 2024; dash and busybox have had them for long). No text
 * from outside is ever part of a script, arguments only. Work is made by {@link makeWork} alone: looking leaves no trace.
 */
export const prelude = `
LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/bin:/bin
nl='
'
mark=$1 work=$2 own=$3 data=$4 wal=$5 bin=$6 socket=$7 port=$8 user=$9 database=\${10} log=\${11}
shift ${String(count)}
[ -n "$work" ] || work=\${XDG_STATE_HOME:-$HOME/.local/state}/lifeboat/$own
say() { printf '\\n@%s %s\\n' "$mark" "$*"; }
make_work() { [ -d "$work" ] || mkdir -p -m 700 "$work" || { say failed; exit 96; }; }

# $pm: PID@START of the postmaster that owns the data directory, or none. A pid alone proves nothing: it may be another's by now.
postmaster() {
  pm=none
  [ -r "$data/postmaster.pid" ] || return 0
  { read -r pm_pid; read -r pm_data; read -r pm_start; } <"$data/postmaster.pid"
  pm_pid=\${pm_pid#-}
  case $pm_pid in '' | *[!0-9]*) return 0 ;; esac
  if [ "/proc/$pm_pid/cwd" -ef "$data" ]; then pm=$pm_pid@$pm_start; fi
}

# $control: what pg_controldata says; $value: one field of it.
controldata() { control=$("$bin/pg_controldata" -D "$data" 2>&1); }
field() {
  value=
  case $control in *"$1:"*) ;; *) return 1 ;; esac
  value=\${control#*"$1:"}
  value=\${value%%"$nl"*}
  value=\${value#"\${value%%[! ]*}"}
}

# Calls "$1 PID" for each process of the data directory. All of PostgreSQL have it as their working directory; so may the shell
# of a person who looks around there, who is no server: a process counts by its name, or as the child of one that does (archiver).
each_process() {
  lost=
  [ -e "$data" ] || lost="$data (deleted)"
  for proc in /proc/[0-9]*; do
    [ "$proc/cwd" -ef "$data" ] || { [ -n "$lost" ] && [ "$(readlink "$proc/cwd" 2>/dev/null)" = "$lost" ]; } || continue
    pid=\${proc#/proc/}
    process "$pid" || continue
    case $comm in postgres | postmaster | edb-postgres | edb-postmaster) "$1" ; continue ;; esac
    own_comm=$comm own_state=$state
    process "$parent" || continue
    case $comm in postgres | postmaster | edb-postgres | edb-postmaster) comm=$own_comm state=$own_state; "$1" ;; esac
  done
}

# $comm, $state, $parent and $started (clock ticks since boot) of a process; fails where there is none.
process() {
  { IFS= read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  comm=\${stat#*\\(}
  comm=\${comm%\\)*}
  set -- \${stat##*\\) }
  state=$1 parent=$2 started=\${20}
}
`;
