// Shell texts of a logical restore: a server that nobody else can reach runs within each of them, and no longer.

import { settings } from './scripts.ts';

/**
 * `BIN DATA SOCKET OPTIONS`, the first four arguments of each: \`serve\` starts the server with its socket in a directory of its
 * own, closed to everybody else, and \`quit\` stops it; so does the end of the script, whatever ends it. One that a killed
 * script left behind is stopped first; any other is left alone. \`patience\`: seconds that the start may take; an hour where
 * nothing is said.
 */
export const serving = `
LC_ALL=C PGCONNECT_TIMEOUT=30; export LC_ALL PGCONNECT_TIMEOUT
umask 077
bin=$1 data=$2 socket=$3 options=$4
shift 4
runs() { "$bin/pg_ctl" -D "$data" status >/dev/null 2>&1; }
quit() {
  runs || return 0
  grep -qF -- "$socket" "$data/postmaster.opts" || { echo "a server of somebody else's runs on $data" >&2; return 74; }
  "$bin/pg_ctl" -D "$data" -s -m fast -w -t 3600 stop
}
at_end() {
  code=$?
  quit || { [ $code -ne 0 ] || code=72; }
  rm -rf "$socket"
  exit $code
}
serve() {
  quit || exit
  [ -d "$socket" ] || mkdir -m 700 "$socket" || exit
  if [ -L "$socket" ] || [ ! -O "$socket" ]; then echo "$socket is somebody else's" >&2; exit 74; fi
  trap at_end EXIT
  trap 'exit 143' HUP INT TERM
  echo 'local all all trust' >"$socket/pg_hba.conf" || exit
  "$bin/pg_ctl" -D "$data" -s -w -t "\${patience:-3600}" -l "\${log:=$socket/log}" -o "$options" start >/dev/null || { tail -n 3 "$log" >&2; exit 71; }
}
`;

/** `NAME BIN DATA SOCKET OPTIONS PROGRAM…`. */
export const loadScript = `${serving}
serve
"$@"`;

/** initdb has made this role, and pg_dumpall makes it, too (SQLSTATE 42710, duplicate_object). */
export const duplicateObject = '42710';

/**
 * `NAME BIN DATA SOCKET OPTIONS WAL ARCHIVE SPACES DUMP FORMER NAMES ROLE QUOTED CONNINFO INITDB…`. What lies in DATA is a former
 * attempt's, and with it what lies in WAL and SPACES: only that is ever removed. Of the configuration, what lay below the FORMER
 * data directory goes into the new one, and what lay elsewhere goes back only where it is missing. Every error of globals.sql is
 * fatal but one: that the line which creates the bootstrap role finds it there.
 */
export const newClusterScript = `${settings}${serving}
wal=$1 archive=$2 spaces=$3 dump=$4 former=$5 names=$6 role=$7 quoted=$8 conninfo=$9
shift 9
each_space() {
  printf '%s\\n' "$spaces" | while IFS= read -r space; do [ -z "$space" ] || "$@" "$space" || exit; done
}
if [ -e "\${data%.loading}/PG_VERSION" ]; then echo "\${data%.loading} holds data already" >&2; exit 74; fi
if [ -e "$data" ]; then
  quit && rm -rf "$wal" && each_space rm -rf && rm -rf "$data" || exit
fi
mkdir -p "\${data%/*}" && mkdir "$data" || exit
[ -z "$wal" ] || mkdir -p "\${wal%/*}" || exit
[ -z "$archive" ] || mkdir -p "$archive" || exit
each_space mkdir -p || exit
"$@" >/dev/null || exit
find "$dump/configuration" -type f | while IFS= read -r file; do
  path=\${file#"$dump/configuration"}
  case $path in
    "$former"/*)
      to=$data/\${path#"$former"/}
      mkdir -p "\${to%/*}" && cp -p "$file" "$to" || exit
      ;;
    *) [ -e "$path" ] || { mkdir -p "\${path%/*}" && cp -p "$file" "$path"; } || echo "could not be put back: $path" ;;
  esac
done || exit
settings "$data" "$names" '' || exit
serve
"$bin/psql" -Xqw -v VERBOSITY=verbose -d "$conninfo" -f - <"$dump/globals.sql" >/dev/null 2>"$socket/said"
code=$?
made=$(grep -nxF -e "CREATE ROLE $role;" -e "CREATE ROLE $quoted;" "$dump/globals.sql" | head -n 1)
known="^psql:<stdin>:\${made%%:*}: ERROR:  ${duplicateObject}:"
fatal=$(grep -E '^psql:<stdin>:[0-9]+: (ERROR|FATAL|PANIC|error|fatal):' "$socket/said" | grep -v "$known")
if [ -n "$fatal" ]; then printf '%s\\n' "$fatal" | sed 's/^psql:<stdin>/globals.sql/' >&2; exit 73; fi
if [ $code -ne 0 ]; then tail -n 3 "$socket/said" >&2; exit 73; fi
if grep -q "$known" "$socket/said"; then echo "the role $role was there already (SQLSTATE ${duplicateObject}), as initdb makes it: expected"; fi
quit && sync -f "$data"`;

/**
 * `NAME BIN DATA SOCKET OPTIONS FROM TO…`: what is there of an unfinished cluster goes aside, DATA last, so that what was there
 * before can come back.
 */
export const unfinishedScript = `${serving}
quit || exit
while [ $# -gt 0 ]; do
  if [ -e "$1" ] || [ -L "$1" ]; then
    mkdir -p "\${2%/*}" && mv -T "$1" "$2" || exit
  fi
  shift 2
done`;
