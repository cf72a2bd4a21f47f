// The lock of a cluster on one of its nodes: taken, shown, kept fresh and given back, by a shell that dies at any moment.

import { prelude } from './prelude.ts';

/** `read_lock` and `show_lock`, without side effect; `show_lock NOW` where the time is known. A lock is lines of `key=value`, the token first; its mtime is the heartbeat. */
export const lockLines = `
read_lock() {
  l_token= l_run= l_owner=
  [ -r "$work/lock" ] || return 1
  while IFS='=' read -r key rest; do
    case $key in token) l_token=$rest ;; run) l_run=$rest ;; owner) l_owner=$rest ;; esac
  done <"$work/lock"
  [ -n "$l_token" ]
}
show_lock() {
  [ -e "$work/lock" ] || return 0
  say lock "\${1:-$(date +%s.%N)}" "$(stat -c %.9Y "$work/lock" 2>/dev/null)"
  # A program costs a fork, and each survey of a run comes by here.
  { while IFS= read -r line; do printf '%s\\n' "$line"; done <"$work/lock"; } 2>/dev/null
}
`;

/**
 * `lock.busy` is a directory, for mkdir succeeds for one of two only: whoever replaces or drops a lock looks at it once more
 * inside. One left behind by a shell that died in there is taken away after half a minute.
 */
const busy = `
enter() {
  tries=0
  until mkdir "$work/lock.busy" 2>/dev/null; do
    tries=$((tries + 1))
    if [ $tries -gt 40 ]; then
      now=$(date +%s) since=$(stat -c %Y "$work/lock.busy" 2>/dev/null || date +%s)
      if [ $((now - since)) -gt 30 ]; then rmdir "$work/lock.busy" 2>/dev/null; tries=0; continue; fi
      say failed; exit 96
    fi
    sleep 0.05
  done
}
leave() { rmdir "$work/lock.busy"; }
`;

/** `$1` token, `$2` the token that may be replaced or empty, `$3` the lines of the lock. */
export const lockScript = `${prelude}${lockLines}${busy}
make_work
mine=$work/lock.$1
printf '%s\\n' "$3" >"$mine" || { say failed; exit 96; }
# A link is made once only, and the lock is there with all its lines at once.
if ln "$mine" "$work/lock" 2>/dev/null; then
  rm -f "$mine"
  say held
  exit 0
fi
if read_lock && [ "$l_token" != "$1" ] && [ -n "$2" ] && [ "$l_token" = "$2" ]; then
  enter
  if read_lock && [ "$l_token" = "$2" ]; then mv -f "$mine" "$work/lock"; fi
  leave
fi
rm -f "$mine"
if read_lock && [ "$l_token" = "$1" ]; then say held; exit 0; fi
show_lock
say taken
`;

/** `$1` token. */
export const heartbeatScript = `${prelude}${lockLines}
if read_lock && [ "$l_token" = "$1" ]; then touch -c "$work/lock" && say held; else say lost; fi
`;

/** `$1` token. */
export const unlockScript = `${prelude}${lockLines}${busy}
read_lock && [ "$l_token" = "$1" ] || exit 0
enter
if read_lock && [ "$l_token" = "$1" ]; then rm -f "$work/lock"; fi
leave
`;
