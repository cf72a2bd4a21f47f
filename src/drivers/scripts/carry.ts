// Files from one node's directory to another's: two scripts, one at each end, and no byte before both guards held.

import { guardCount, guardScript } from './guard.ts';
import { prelude } from './prelude.ts';

/**
 * The guard, `$1` directory, then names of files. Says `ready` with `SIZE NAME` of each, waits for a line, then gives
 * each file in turn, no byte more or less than it said.
 */
export const sendScript = `${prelude}${guardScript}
guard "$@"
shift ${String(guardCount)}
cd "$1" || { say failed; exit 96; }
shift
sizes=$(stat -L -c '%s %n' -- "$@") || { say failed; exit 96; }
say ready
printf '%s\\n' "$sizes"
say go
read -r go && [ "$go" = go ] || exit 1
printf '%s\\n' "$sizes" | while read -r size name; do head -c "$size" -- "$name"; done
`;

/**
 * The guard, `$1` directory. Says `ready`, then reads: the number of bytes to come, lines `SIZE NAME`, `.`, the files, and
 * what sha256sum should find. All goes to `DIRECTORY.partial`; only whole, checked and synced files are renamed.
 */
export const receiveScript = `${prelude}${guardScript}
guard "$@"
shift ${String(guardCount)}
directory=\${1%/}
say ready
say go
no() { say failed; printf '%s\\n' "$1" >&2; exit 96; }
read -r total || exit 1
[ "$total" -ge 0 ] || exit 1
partial=$directory.partial
mkdir -p "$directory" "$partial" || no "$directory cannot be made"
left=$(df -Pk "$partial" | tail -n 1 | { read -r _ _ _ free _; echo "$free"; })
if [ $((total / 1024)) -ge "$left" ]; then no "no room in $directory: $((total / 1024)) kB needed, $left kB free"; fi
names=
while IFS= read -r line && [ "$line" != . ]; do names=$names$line$nl; done
[ "$line" = . ] || exit 1
cd "$partial" || exit 1
set --
exec 3<&0 # inside the loop stdin is the list
while read -r size name; do
  [ -n "$name" ] || continue
  head -c "$size" <&3 >"$name" || no "$directory/$name cannot be written"
  set -- "$@" "$name"
done <<SIZES
$names
SIZES
sha256sum -c --quiet --strict - >&2 || no 'what arrived is not what was sent'
sync -- "$@" || no "$directory cannot be synced"
mv -f -- "$@" "$directory/" || no "$directory cannot be written"
sync "$directory"
cd / && rmdir "$partial"
say ended
say end
`;
