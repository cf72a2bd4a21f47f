// A job on a node: guard and command in one remote shell, and a receipt that outlives the connection.

import { guardCount, guardScript } from './guard.ts';
import { prelude } from './prelude.ts';

/** Bytes of each output that travel with the end: half from its beginning, half from its end. */
export const sentOutput = 1024 * 1024;
const half = String(sentOutput / 2);

/**
 * `$dir` is the receipt: `argv`, `pid` (with the start time, for a pid is used again), `out`, `err`, and at the end `rc`,
 * renamed into place. `show_end` prints the end; `settle` says what became of a job that was begun before.
 */
const receipt = `
dir=
receipt_of() { dir=$work/runs/$1/$2; }
send() {
  if [ "$2" -le ${String(sentOutput)} ]; then cat "$1"; else head -c ${half} "$1"; tail -c ${half} "$1"; fi
}
show_end() {
  rc= tried=
  read -r rc tried <"$dir/rc"
  if [ -s "$dir/out" ] || [ -s "$dir/err" ]; then
    set -- $(stat -c %s "$dir/out" "$dir/err")
    say ended "$rc" "$tried" "$1" "$2"
    send "$dir/out" "$1"
    send "$dir/err" "$2"
  else
    say ended "$rc" "$tried" 0 0
  fi
  say end
  exit 0
}
# $there: none, running ($pid), ended, or lost: begun, and gone without a word (the machine went down, or somebody killed it).
settle() {
  there=none
  [ -d "$dir" ] || return 0
  [ -e "$dir/pid" ] || [ -e "$dir/rc" ] || sleep 0.3
  there=ended
  [ ! -e "$dir/rc" ] || return 0
  pid= since=
  { read -r pid since <"$dir/pid"; } 2>/dev/null
  there=none
  [ -n "$pid" ] || return 0
  there=running
  if process "$pid" && [ "$started" = "$since" ]; then return 0; fi
  there=lost
  [ ! -e "$dir/rc" ] || there=ended
}
show_lost() {
  note='it was ended from outside before it could say how it ended'
  say ended 137 0 0 \${#note}
  printf %s "$note"
  say end
  exit 0
}
`;

/**
 * Runs apart from the connection: `DIR SIZE NAMES`, then for each try `COUNT SECONDS ARG…`. Its input is one line for each name
 * (a secret, for the environment of the command alone), then what each try gets on stdin, SIZE bytes of both.
 * The deadline is kept here, on the host: nobody else is sure to be there when it comes.
 */
export const runnerScript = `
dir=$1 size=$2 names=$3 started=
shift 3
start_of() { set -- \${1##*\\) }; started=\${20}; }
IFS= read -r stat </proc/$$/stat && start_of "$stat"
printf '%s %s\\n' "$$" "$started" >"$dir/pid"
input=.
if [ "$size" -gt 0 ]; then
  for name in $names; do
    IFS= read -r value
    export "$name=$value"
  done
  input=$(cat; printf .)
fi
attempt() {
  left=$#
  at=0
  while [ "$left" -gt "$count" ] && [ "$at" -lt "$left" ]; do
    word=$1
    shift
    if [ "$at" -lt "$count" ]; then set -- "$@" "$word"; fi
    at=$((at + 1))
  done
  if [ "$input" = . ]; then timeout -k 2 "$within" "$@" </dev/null; else printf %s "\${input%.}" | timeout -k 2 "$within" "$@"; fi
}
tried=-1 rc=0
while [ $# -gt 0 ]; do
  count=$1 within=$2
  shift 2
  tried=$((tried + 1))
  attempt "$@"
  rc=$?
  if [ $rc -eq 0 ]; then break; fi
  shift "$count"
done
printf '%s %s\\n' "$rc" "$tried" >"$dir/rc.new" && mv "$dir/rc.new" "$dir/rc"
`;

/** `$1` run, `$2` op, the guard, then the runner's text, SIZE, NAMES and its tries. A job of that name that was begun before is found, not run again. */
export const jobScript = `${prelude}${guardScript}${receipt}
run=$1
receipt_of "$1" "$2"
shift 2
again() {
  while settle; [ $there = running ]; do sleep 0.1; done
  case $there in ended) show_end ;; lost) show_lost ;; esac
}
again
input=.
size=$${String(guardCount + 2)}
if [ "$size" -gt 0 ]; then
  input=$(cat; printf .)
  # The connection broke while it came: nothing was begun.
  if [ $((\${#input} - 1)) -ne "$size" ]; then say failed; exit 96; fi
fi
guard "$@"
shift ${String(guardCount)}
runner=$1
shift
make_work
[ -d "$work/runs/$run" ] || mkdir -p -m 700 "$work/runs/$run" || { say failed; exit 96; }
mkdir "$dir" 2>/dev/null || again
[ -d "$dir" ] || { say failed; exit 96; }
printf '%s\\n' "$@" >"$dir/argv"
if [ "$size" -gt 0 ]; then
  printf %s "\${input%.}" | setsid sh -c "$runner" lifeboat "$dir" "$@" >"$dir/out" 2>"$dir/err" &
else
  setsid sh -c "$runner" lifeboat "$dir" "$@" </dev/null >"$dir/out" 2>"$dir/err" &
fi
wait $!
if [ -e "$dir/rc" ]; then show_end; fi
show_lost
`;

/** `$1` run, `$2` op: the receipt as it stands. */
export const receiptScript = `${prelude}${receipt}
receipt_of "$1" "$2"
settle
case $there in
  ended) show_end ;;
  lost) show_lost ;;
  running) say running "$pid" ;;
  none) say none ;;
esac
say end
`;

/** `$1` run, `$2` op, `$3` offset: what the job has written to its stdout since. */
export const followScript = `${prelude}${receipt}
receipt_of "$1" "$2"
say piece
tail -c +$(($3 + 1)) "$dir/out" 2>/dev/null | head -c 262144
`;

/** `$1` run, `$2` op, `$3` out or err: all of an output that was too long to travel with the end. */
export const wholeScript = `${prelude}${receipt}
receipt_of "$1" "$2"
cat "$dir/$3"
`;
