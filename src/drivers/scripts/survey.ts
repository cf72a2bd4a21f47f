// One look at a node, all that its shell can tell in one round trip. Creates nothing.

import { logFile } from './log-file.ts';
import { lockLines } from './lock.ts';
import { prelude } from './prelude.ts';

/** `$1`: seconds that pg_isready may take. Sections begin with `@MARK NAME`. */
export const surveyScript = `${prelude}${logFile}${lockLines}
{ timeout -k 1 "$(($1 + 2))" "$bin/pg_isready" -h "$socket" -p "$port" -t "$1" >/dev/null 2>&1 </dev/null; printf '\\n@%s ready %s\\n' "$mark" $?; } &

now=$(date +%s.%N)
say at "$now"

full=absent
if [ -d "$data" ]; then
  full=empty
  [ -r "$data" ] || full=full # what cannot be looked into counts as full
  for entry in "$data"/* "$data"/.[!.]*; do
    if [ -e "$entry" ] || [ -L "$entry" ]; then full=full; break; fi
  done
elif [ -e "$data" ] || [ -L "$data" ]; then full=full
fi
say data $full

postmaster
say postmaster "$pm"

show() {
  title=
  { IFS= read -r title <"/proc/$pid/cmdline"; } 2>/dev/null
  case $title in 'postgres: '*) ;; *) title=$comm ;; esac
  say process "$pid" "$state" "$title"
}
if [ -d "$data" ]; then each_process show
else
  # Deleted under a running server: its processes live on in a directory without a name.
  ls -ld /proc/[0-9]*/cwd 2>/dev/null | while IFS= read -r line; do
    case $line in *" -> $data (deleted)") ;; *) continue ;; esac
    pid=\${line%%/cwd -> *}
    pid=\${pid##*/proc/}
    process "$pid" && show
  done
fi

if [ -e "$data/standby.signal" ]; then say standby; fi
if [ -r "$data/postgresql.auto.conf" ]; then
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in lifeboat_fence*) say fence "$line" ;; esac
  done <"$data/postgresql.auto.conf"
fi
if [ -d "$wal" ] && [ -w "$wal" ] && [ -x "$wal" ]; then say walwritable; fi

above() { place=$1; until [ -e "$place" ]; do place=\${place%/*}; [ -n "$place" ] || place=/; done; }
above "$data"; data_place=$place
above "$wal"
say free
df -Pk "$data_place" "$place" 2>/dev/null

log_file
if [ -n "$logf" ]; then
  if [ -e "$logf" ]; then say log "$(stat -L -c '%i %s' "$logf")" "$logf"; else say log 0 0 "$logf"; fi
fi

show_lock "$now"

if [ -d "$data" ]; then
  controldata
  say control
  printf '%s\\n' "$control"
fi
wait
say end
`;
