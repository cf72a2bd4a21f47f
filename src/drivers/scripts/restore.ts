// What a restore does on a machine besides bringing bytes, as scripts: looks, makes the directories, clears away, and settles all at the end.

import { markerName, heldControl, controlPath, walFolder } from '../../repo/restore-target.ts';

const shared = `
LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/bin:/bin:/usr/sbin:/sbin
mark=$1; shift
say() { printf '\\n@%s %s\\n' "$mark" "$*"; }
`;

/**
 * `$1` mark, `$2` data directory, `$3` directory for WAL or nothing, `$4` of programs or nothing, then the tablespaces' directories.
 * Reads only.
 */
export const lookScript = `${shared}
data=$1 wal=$2 bin=$3
shift 3
# A disk's own lost+found does not make it full, nor does what an earlier restore has put aside.
inside() { if [ -r "$1" ]; then ls -A "$1" | grep -v -e '^lost+found$' -e '^lifeboat-before-' | head -n 1; else echo unreadable; fi; }
place() {
  if [ ! -e "$2" ] && [ ! -L "$2" ]; then state=absent
  elif [ ! -d "$2" ]; then state=no-directory
  elif [ -z "$(inside "$2")" ]; then state=empty
  else state=full; fi
  at=$2
  while [ ! -e "$at" ]; do at=$(dirname "$at"); done
  writable=no
  if [ -w "$at" ] && [ -x "$at" ]; then writable=yes; fi
  say "$1" "$state" "$writable" "$(ls -ldL "$at" | { read -r _ _ owner _; echo "$owner"; })"
  df -Pk "$at" | tail -n 1
}
say user "$(id -un)" "$(id -un postgres 2>/dev/null)"
place data "$data"
if [ -f "$data/PG_VERSION" ]; then say version; cat "$data/PG_VERSION"; fi
if [ -f "$data/${controlPath}" ]; then say control; od -A n -t u8 -N 8 "$data/${controlPath}"; fi
if [ -f "$data/${markerName}" ]; then say marker; head -c 65536 "$data/${markerName}"; fi
if [ -L "$data/pg_wal" ]; then say link; readlink "$data/pg_wal"; fi
say links
for link in "$data"/pg_tblspc/*; do
  if [ -L "$link" ]; then printf '%s %s\\n' "\${link##*/}" "$(readlink "$link")"; fi
done
if [ -n "$wal" ]; then
  place wal "$wal"
  first=$(ls "$wal" 2>/dev/null | grep -E '^[0-9A-F]{24}$' | head -n 1)
  # A page's long header has the system identifier at 24 (xlog_internal.h).
  if [ -n "$first" ]; then say walid; od -A n -t u8 -j 24 -N 8 "$wal/$first"; fi
fi
for space; do
  place space "$space"
  ls "$space" 2>/dev/null | grep -E '^PG_[0-9]+_[0-9]+$'
done
if [ -n "$bin" ] && [ -x "$bin/postgres" ]; then say programs; "$bin/postgres" --version; fi

server() { say server "$1"; printf '%s\\n' "$2"; }
if [ -r "$data/postmaster.pid" ]; then
  read -r pid <"$data/postmaster.pid"
  case $pid in
    '' | *[!0-9]*) ;;
    # Of another user's process we learn no more than its name.
    *) if grep -q '^post' "/proc/$pid/comm" 2>/dev/null && ! readlink "/proc/$pid/cwd" >/dev/null 2>&1; then server "$pid" "$data"; fi ;;
  esac
fi
for proc in /proc/[0-9]*; do
  case $(cat "$proc/comm" 2>/dev/null) in postgres | postmaster | edb-postgres | edb-postmaster) ;; *) continue ;; esac
  if [ "$proc/cwd" -ef "$data" ]; then server "\${proc#/proc/}" "$data"; break; fi
  if [ -n "$wal" ] && [ "$proc/cwd/pg_wal" -ef "$wal" ]; then server "\${proc#/proc/}" "$wal"; break; fi
  for space; do
    for link in "$proc"/cwd/pg_tblspc/*; do
      if [ "$link" -ef "$space" ]; then server "\${proc#/proc/}" "$space"; break 3; fi
    done
  done
done
say end
`;

const changing = `${shared}
no() { printf '%s\\n' "$1" >&2; exit 96; }
# The whole file system at once: an fsync for each of a hundred thousand files takes minutes.
settle() {
  if sync --help 2>&1 | grep -q -e -f; then sync -f "$@" || no "$* cannot be made durable"; else sync; fi
}
# These files and directories alone; coreutils before 8.24 knew only how to settle everything.
firm() { sync "$@" 2>/dev/null || sync; }
`;

/**
 * `$1` mark, `$2` data directory, `$3` directory for WAL or nothing, `$4` owner or nothing, `$5` mode, `$6` name for former WAL, `$7` the
 * marker's text, then oid and directory of each tablespace. Says `aside` where former WAL was moved.
 */
export const beginScript = `${changing}
data=$1 wal=$2 owner=$3 mode=$4 aside=$5 marker=$6
shift 6
own() { [ -z "$owner" ] || chown -h "$owner:" "$@" || no "$* cannot be given to $owner"; }
make() {
  [ -d "$1" ] || mkdir -p -- "$1" || no "$1 cannot be made"
  own "$1"
  chmod "$mode" "$1" || no "$1 does not belong to $(id -un)"
}
make "$data"
cd "$data" || exit 96
umask 077
# In this order: without pg_control, nothing but the marker tells whose directory this is.
printf '%s\\n' "$marker" >${markerName}.new && mv -f ${markerName}.new ${markerName} || no "$data cannot be written"
firm ${markerName} .
if [ -e ${controlPath} ]; then rm -f ${controlPath} && firm global || no "$data/${controlPath} cannot be removed"; fi
rm -f postmaster.pid postmaster.opts standby.signal recovery.signal

if [ -z "$wal" ]; then
  [ -d pg_wal ] || make pg_wal
else
  make "$wal"
  if [ ! pg_wal -ef "$wal" ]; then
    if [ -d pg_wal ] && [ ! -L pg_wal ]; then
      mv pg_wal "$wal/$aside.data" || no "$data/pg_wal cannot be moved to $wal"
    fi
    rm -f pg_wal && ln -s "$wal" pg_wal && own pg_wal || no "$data/pg_wal cannot be linked to $wal"
  fi
fi
cd pg_wal || exit 96
rm -rf "${walFolder.replace('pg_wal/', '')}"
rmdir archive_status summaries 2>/dev/null
# WAL that nobody else has may be among it; left where it is, it would be replayed.
moved=
for one in *; do
  case $one in '*' | lifeboat-before-* | lost+found) continue ;; esac
  [ -d "$aside" ] || mkdir "$aside" || no "$data/pg_wal cannot be written"
  mv "$one" "$aside/" || no "$data/pg_wal/$one cannot be moved"
  moved=yes
done
[ -z "$moved" ] || say aside
cd "$data" || exit 96

[ -d pg_tblspc ] || make pg_tblspc
while [ $# -ge 2 ]; do
  make "$2"
  if [ ! "pg_tblspc/$1" -ef "$2" ]; then
    rm -f "pg_tblspc/$1" && ln -s "$2" "pg_tblspc/$1" && own "pg_tblspc/$1" || no "$data/pg_tblspc/$1 cannot be linked to $2"
  fi
  shift 2
done
say end
`;

/** `$1` mark, `$2` data directory, then directories of this cluster in its tablespaces. Names with a NUL behind each; a directory before what is in it. */
export const namesScript = `
cd "$1" || exit 96
shift
find . -path ./pg_wal -prune -o ! -name . -print0
for one; do [ ! -d "$one" ] || find "$one/" -print0; done
`;

/** `$1` data directory; names with a NUL behind each on stdin. */
export const removeScript = 'cd "$1" && xargs -0 rm -rf --';

/** `$1` mark, `$2` owner or nothing, `$3` data directory, then the other directories. */
export const finishScript = `${changing}
owner=$1 data=$2
shift
[ -z "$owner" ] || chown -Rh "$owner:" "$@" || no "$* cannot be given to $owner"
settle "$@"
mv -f "$data/${heldControl}" "$data/${controlPath}" || no "$data/${controlPath} cannot be put in its place"
firm "$data/global"
rm -f "$data/${markerName}"
firm "$data"
say end
`;
