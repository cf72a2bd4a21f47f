// A job on a node: guard and command in one remote shell, and a receipt that outlives the connection.

import { guardCount, guardScript } from './guard.ts';
import { prelude } from './prelude.ts';

/** Bytes of each output that travel with the end: half from its beginning, half from its end. */
export const sentOutput = 1024 * 1024;
const half = String(sentOutput / 2);

/**
 * The receipt is what `$job` begins the names of: `:argv`, made by whoever may run the job; `:runner` and `:command` (pid and
 * start time, for a pid is used again), `:out`, `:err`, and at the end `:rc`, one line whose newline says that it is whole. No
 * directory for each: to make one takes longer than all the files in it. `show_end` prints the end; `settle` says what became of a job that was begun before.
 */
const receipt = `
job=
receipt_of() { job=$work/runs/$1/$2; }
send() {
  [ "$2" -gt 0 ] || return 0
  if [ "$2" -le ${String(sentOutput)} ]; then cat "$1"; else head -c ${half} "$1"; tail -c ${half} "$1"; fi
}
show_end() {
  ended
  if [ -s "$job:out" ] || [ -s "$job:err" ]; then
    set -- $(stat -c %s "$job:out" "$job:err")
    say ended "$rc" "$tried" "$1" "$2"
    send "$job:out" "$1"
    send "$job:err" "$2"
  else
    say ended "$rc" "$tried" 0 0
  fi
  say end
  exit 0
}
# $there: none, running ($pid), ended, or lost: begun, and gone without a word (the machine went down, or somebody killed it).
# The command may outlive a runner that was killed.
ended() { { read -r rc tried <"$job:rc"; } 2>/dev/null; }
lives() {
  pid= since=
  { read -r pid since <"$job:$1"; } 2>/dev/null || return 1
  process "$pid" && [ "$started" = "$since" ] && [ "$state" != Z ]
}
settle() {
  there=none
  [ -e "$job:argv" ] || return 0
  # Whoever made this file runs the job, and nobody else ever will: he may be slow, or may have died just there. The file of
  # the runner is there, and empty, a moment before it says who that is.
  waited=0
  until [ -s "$job:runner" ] || [ $waited -ge 50 ]; do sleep 0.1; waited=$((waited + 1)); done
  there=ended
  if ended; then return 0; fi
  there=running
  if lives runner || lives command; then return 0; fi
  there=lost
  if ended; then there=ended; fi
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
 * Runs apart from the connection, in a shell of its own that has no pipe to it: `NAMES`, then for each try `COUNT SECONDS ARG…`.
 * `$input` is a line for each name (a secret, for the environment of the command alone), then what each try gets on stdin.
 * Each command has a process group of its own (timeout makes it) and ignores HUP, and its deadline is kept here, on the host: nobody else is sure to be there when it comes.
 */
const runner = `
remember() {
  # In a subshell $$ is its parent's: the kernel knows better. The name of an sh has no blank, so that its fields, started being
  # the 22nd, can be counted by read, which takes a quarter of the time of patterns.
  read -r own _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ started _ </proc/self/stat
  printf '%s %s\\n' "$own" "$started" >"$job:$1"
}
attempt() {
  left=$# at=0
  while [ "$left" -gt "$count" ] && [ "$at" -lt "$left" ]; do
    word=$1
    shift
    if [ "$at" -lt "$count" ]; then set -- "$@" "$word"; fi
    at=$((at + 1))
  done
  remember command
  exec timeout -k 2 "$within" "$@"
}
run_tries() {
  trap '' HUP # as nohup does: the terminal of a node that is this very machine may be closed
  remember runner
  names=$1 tried=-1 rc=0
  shift
  for name in $names; do
    export "$name=\${input%%"$nl"*}"
    input=\${input#*"$nl"}
  done
  while [ $# -gt 0 ]; do
    count=$1 within=$2
    shift 2
    tried=$((tried + 1))
    if [ "$input" = . ]; then (attempt "$@") </dev/null; else printf %s "\${input%.}" | attempt "$@"; fi
    rc=$?
    if [ $rc -eq 0 ]; then break; fi
    shift "$count"
  done
  printf '%s %s\\n' "$rc" "$tried" >"$job:rc"
}
`;

/** `$1` run, `$2` op, the guard, then the SIZE of stdin, NAMES and its tries. A job of that name that was begun before is found, not run again. */
export const jobScript = `${prelude}${guardScript}${receipt}${runner}
run=$1
receipt_of "$1" "$2"
shift 2
again() {
  while settle; [ $there = running ]; do sleep 0.1; done
  case $there in ended) show_end ;; lost) show_lost ;; esac
}
again
input=.
size=$${String(guardCount + 1)}
if [ "$size" -gt 0 ]; then
  input=$(cat; printf .)
  # The connection broke while it came: nothing was begun.
  if [ $((\${#input} - 1)) -ne "$size" ]; then say failed; exit 96; fi
fi
guard "$@"
shift ${String(guardCount)}
shift
make_work
[ -d "$work/runs/$run" ] || mkdir -p -m 700 "$work/runs/$run" || { say failed; exit 96; }
mine=
set -C # made by one only, of however many there are at this moment
{ set +C; mine=1; printf '%s\\n' "$@"; } >"$job:argv"
set +C
[ -n "$mine" ] || again
[ -n "$mine" ] || { say failed; exit 96; }
run_tries "$@" </dev/null >"$job:out" 2>"$job:err" &
wait $!
if ended; then show_end; fi
again
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

/** `$1` run, `$2` op, `$3` and `$4` offsets: what the job has written to stdout and to stderr since. */
export const followScript = `${prelude}${receipt}
receipt_of "$1" "$2"
growth() { say "$1"; tail -c +$(($3 + 1)) "$2" 2>/dev/null | head -c 262144; }
growth out "$job:out" "$3"
growth err "$job:err" "$4"
`;

/** `$1` run, `$2` op, `$3` out or err: all of an output that was too long to travel with the end. */
export const wholeScript = `${prelude}${receipt}
receipt_of "$1" "$2"
cat "$job:$3"
`;
