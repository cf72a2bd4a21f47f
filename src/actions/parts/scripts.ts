// Shell texts of ops that need more than one program at a stroke. No value is ever part of a text: arguments only.

/** Stands above a fence, for whoever reads the file, and goes with it. */
const signature = '# put here by lifeboat';

/**
 * `settings DIR NAMES LINES`: postgresql.auto.conf with these lines in place of whatever it says of the names (an extended
 * regular expression), in one rename: whoever starts the server in between finds either the former file or the new one.
 */
export const settings = `
settings() {
  file=$1/postgresql.auto.conf
  umask 077
  : >"$file.lifeboat" || return
  if [ -e "$file" ]; then
    grep -viE "^[[:space:]]*($2)[[:space:]=]|^${signature}" "$file" >"$file.lifeboat"
    [ $? -le 1 ] || return
  fi
  if [ -n "$3" ]; then printf '%s\\n' "$3" >>"$file.lifeboat" || return; fi
  sync "$file.lifeboat" && mv "$file.lifeboat" "$file" && sync "$1"
}
`;

/** `NAME DIR NAMES LINES`. */
export const settingsScript = `${settings}settings "$@"`;

/** `fence DIR NAMES LINE`: when it was put there stands above it, for whoever reads the file. */
const fence = `${settings}
fence() {
  settings "$1" "$2" "${signature}, $(date -u '+%Y-%m-%d %H:%M:%S') UTC: a resume, an undo or a rejoin takes it away
$3"
}
`;

/** `NAME DIR NAMES LINE`. */
export const fenceScript = `${fence}fence "$@"`;

/** `NAME DIR NAMES LINES`. The signal file comes first: what lifts the fence in the next moment must already be a standby. */
export const standbyScript = `${settings}
: >"$1/standby.signal" && sync "$1/standby.signal" && rm -f "$1/recovery.signal" && settings "$@"`;

/** `NAME WAL TARGET SEGMENT`: copies the segments from that one on, whatever their timeline, and the history files. */
export const keepWalScript = `
mkdir -p "$2" || exit
first=\${3#????????}
for path in "$1"/*; do
  name=\${path##*/}
  case $name in
    *.history) ;;
    *.*) continue ;;
    ????????????????????????) number=\${name#????????}; [ "$number" = "$first" ] || [ "$number" \\> "$first" ] || continue ;;
    *) continue ;;
  esac
  [ -f "$path" ] || continue
  cp -p "$path" "$2/$name.partial" && mv "$2/$name.partial" "$2/$name" || exit
done
sync "$2"`;

/**
 * `NAME ARCHIVE TARGET WAYS`. WAYS has for each timeline of the primary's way `TIMELINE:END:HISTORY`: in hexadecimal, where the
 * way left it (the second part of a segment's name, or "-"), and where it left those before. A history file that says
 * otherwise goes, and with it the segments of its timeline; so does every segment of a timeline that is not on the way, or
 * from END on: a timeline that was left in the midst of a segment never fills it.
 */
export const archiveScript = `
LC_ALL=C; export LC_ALL
archive=$1 target=$2 ways=$3 strays=
[ -d "$archive" ] || exit 0
aside() {
  mkdir -p "$target" || exit
  to=$target/$1 n=1
  while [ -e "$to" ]; do n=$((n + 1)); to=$target/$1.$n; done
  cp -p "$archive/$1" "$to.partial" && mv "$to.partial" "$to" && sync "$target" && rm "$archive/$1" || exit
  echo "put aside: $1"
}
for path in "$archive"/????????.history; do
  [ -f "$path" ] || continue
  name=\${path##*/} line=\${path##*/}
  line=\${line%.history}
  way=$(printf '%s' "$ways" | tr , '\n' | sed -n "s/^$line:[^:]*://p")
  says=$(awk '$1 ~ /^[0-9]+$/ { printf "%s %s;", $1, $2 }' "$path")
  if [ -z "$way" ] || [ "$way" != "$says" ]; then strays="$strays $line"; aside "$name" || exit; fi
done
ls "$archive" | awk -v ways="$ways" -v strays="$strays" '
  BEGIN {
    n = split(ways, way, ",")
    for (i = 1; i <= n; i++) { split(way[i], part, ":"); end[part[1]] = part[2] }
    n = split(strays, stray, " ")
    for (i = 1; i <= n; i++) delete end[stray[i]]
  }
  /^[0-9A-F]+$/ && length($0) == 24 {
    line = substr($0, 1, 8)
    if (!(line in end) || (end[line] != "-" && substr($0, 9) "" >= end[line] "")) print
  }' | while read -r name; do aside "$name" || exit; done`;

/** A rewind that died: what it left is neither the old state nor the new one (manual, pg_rewind). */
export const halfCode = 75;

/**
 * `NAME DIR BIN NAMES LINES SOURCE RESTORE PROGRESS`. DIR stands where nothing starts it. The configuration is the node's own
 * again afterwards, for pg_rewind brings the source's; a crashed server is brought to a clean end first, as pg_rewind would do
 * it; a dry run tells whether it will go through, before anything is written; DIR.half stands from the first write until all is done.
 */
export const rewindScript = `${settings}
LC_ALL=C; export LC_ALL
dir=$1 bin=$2 names=$3 lines=$4 source=$5 restore=$6
if [ -e "$dir.half" ]; then echo "a pg_rewind of $dir died half-way: only a rebuild helps" >&2; exit ${String(halfCode)}; fi
if [ ! -d "$dir.conf" ]; then
  rm -rf "$dir.conf.partial" && mkdir -m 700 "$dir.conf.partial" || exit
  for file in postgresql.conf postgresql.auto.conf pg_hba.conf pg_ident.conf; do
    [ ! -e "$dir/$file" ] || cp -p "$dir/$file" "$dir.conf.partial/" || exit
  done
  sync "$dir.conf.partial" && mv "$dir.conf.partial" "$dir.conf" || exit
fi
rm -f "$dir/standby.signal" "$dir/recovery.signal"
settings "$dir" "$names" "\${restore:+restore_command = '$restore'}" || exit
case $("$bin/pg_controldata" -D "$dir" | sed -n 's/^Database cluster state: *//p') in
  'shut down' | 'shut down in recovery') ;;
  *) "$bin/postgres" --single -F -D "$dir" template1 </dev/null >/dev/null || { echo "crash recovery in single-user mode failed" >&2; exit 71; } ;;
esac
"$bin/pg_rewind" -n -D "$dir" --source-server="$source" \${restore:+-c} || exit 72
: >"$dir.half" && sync "$dir.half" || exit
"$bin/pg_rewind" -P -D "$dir" --source-server="$source" \${restore:+-c} || exit 73
cp -p "$dir.conf"/* "$dir/" || exit
: >"$dir/standby.signal" && settings "$dir" "$names" "$lines" || exit
sync "$dir" && rm -r "$dir.conf" && rm "$dir.half"`;

/**
 * `NAME DIR WAL KEPT NAMES LINES PG_BASEBACKUP…`. DIR.copying marks an unfinished copy as ours: only such a one is ever removed.
 * The node's own configuration is taken from KEPT, where its former data lie; from what a rewind that died had put aside where
 * there is that, for in the data themselves it left the source's, or a pg_hba.conf cut short to nothing (seen on 15).
 */
export const baseBackupScript = `${settings}
dir=$1 wal=$2 kept=$3 names=$4 lines=$5
shift 5
if [ -e "$dir.copying" ]; then rm -rf "$dir" "$wal" || exit; fi
if [ -e "$dir/PG_VERSION" ]; then echo "$dir holds data already" >&2; exit 74; fi
mkdir -p "\${dir%/*}" "\${wal%/*}" && : >"$dir.copying" || exit
"$@" || exit
if [ -d "$dir.rewinding.conf" ]; then kept=$dir.rewinding.conf; fi
for file in postgresql.conf postgresql.auto.conf pg_hba.conf pg_ident.conf; do
  [ ! -e "$kept/$file" ] || cp -p "$kept/$file" "$dir/" || exit
done
: >"$dir/standby.signal" && chmod 700 "$dir" && settings "$dir" "$names" "$lines" || exit
sync "$dir" && rm -f "$dir.rewinding.half" && rm -rf "$dir.rewinding.conf" && rm "$dir.copying"`;

/** `NAME INTO PG_BASEBACKUP…`: a base backup beside a running server. INTO.copying marks an unfinished one as ours. */
export const localBackupScript = `
into=$1
shift
if [ -e "$into.copying" ]; then rm -rf "$into" || exit; fi
mkdir -p "\${into%/*}" && : >"$into.copying" || exit
"$@" && sync "$into" && rm "$into.copying"`;

/**
 * `NAME DIR WAL NAMES LINE STOP…`. The fence comes first: a running server reads it at its next start only (a reload says that it
 * does not know the line and applies nothing, and a restart after a crash of one process reads no file; seen on 15), and so there
 * is no moment in which it has stopped and somebody could start it as a primary again. It says while it stops how many segments
 * are still to be archived, which a clean stop waits for; and where it does not end in time, which processes it waited for.
 */
export const stepDownScript = `${fence}
dir=$(cd "$1" && pwd -P) wal=$2
fence "$1" "$3" "$4" || exit
shift 4
{
  start=$(date +%s) first= told=
  while sleep 1; do
    left=0
    for file in "$wal"/archive_status/*.ready; do [ ! -e "$file" ] || left=$((left + 1)); done
    first=\${first:-$left} seconds=$(($(date +%s) - start)) done=$((\${first:-0} - left))
    if [ "$left" = "$told" ] || [ "$left" = 0 ]; then continue; fi
    told=$left
    if [ "$done" -gt 0 ]; then echo "$left WAL segments still to archive, $((left * seconds / done)) s at this rate"
    else echo "$left WAL segments still to archive"; fi
  done
} &
watcher=$!
"$@"
code=$?
kill "$watcher" 2>/dev/null
if [ "$code" != 0 ]; then
  there=
  for proc in /proc/[0-9]*; do
    [ "$(readlink "$proc/cwd" 2>/dev/null)" = "$dir" ] || continue
    what=$(tr '\\0' ' ' <"$proc/cmdline" 2>/dev/null)
    case $what in
      'postgres: checkpointer'*) ;;
      'postgres: '*) what=\${what#postgres: } there="\${there:+$there; }\${what%"\${what##*[! ]}"}" ;;
    esac
  done
  [ -z "$there" ] || echo "still there: $there" >&2
fi
exit $code`;

/** The argument list of one of these; its name is what a process list shows. */
export const script = <T>(text: string, name: string, ...args: readonly (string | T)[]): readonly (string | T)[] => [
  'sh',
  '-c',
  text,
  name,
  ...args,
];
