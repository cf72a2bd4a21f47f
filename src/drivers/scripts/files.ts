// Writing a file and moving a directory on a node, so that whatever breaks in the middle leaves the old or the new.

/** `$1` path, `$2` octal mode; the text is stdin. Its directory must be there. */
export const putScript = `
set -e
umask 077
new=$1.lifeboat-new
cat >"$new"
chmod "$2" "$new"
sync "$new"
mv -f "$new" "$1"
sync "\${1%/*}/"
`;

/**
 * `$1` from, `$2` to. A rename; to another file system a copy to `to.partial`, a rename, and only then is the source dropped.
 * A mount point cannot be renamed, and one below the source would be emptied: both are refused before anything is touched.
 */
export const moveScript = `
LC_ALL=C; export LC_ALL
from=\${1%/} to=\${2%/}
no() { printf '%s\\n' "$1" >&2; exit 1; }
exists() { [ -e "$1" ] || [ -L "$1" ]; }
if ! exists "$from"; then
  # A second run after a cut: what was wanted is there.
  if exists "$to" && ! exists "$to.partial"; then exit 0; fi
  no "$from is not there"
fi
if exists "$to"; then no "$to is there already"; fi
real=$(cd "\${from%/*}/" && pwd -P)/\${from##*/}
while read -r _ point _; do
  # A blank stands there as \\040.
  case $point in *\\*) point=$(printf '%b' "$point") ;; esac
  case $point in
    "$real") no "$from is a mount point, which cannot be moved" ;;
    "$real"/*) no "$point is a mount point below $from" ;;
  esac
done </proc/self/mounts
parent=\${to%/*}
mkdir -p "\${parent:-/}" || exit 1
parent=\${parent:-/}
if [ "$(stat -c %d "$from")" = "$(stat -c %d "$parent")" ]; then
  mv -T "$from" "$to" || exit 1
  sync "$parent" "\${from%/*}/"
  exit 0
fi
need=$(du -sk "$from" | cut -f 1)
left=$(df -Pk "$parent" | tail -n 1 | { read -r _ _ _ free _; echo "$free"; })
if [ "$need" -ge "$left" ]; then no "no room for $from in $parent: $need kB needed, $left kB free"; fi
# Left by a copy that was cut: the source is still whole.
rm -rf "$to.partial" || exit 1
cp -a "$from" "$to.partial" || exit 1
sync -f "$to.partial" || exit 1
mv -T "$to.partial" "$to" || exit 1
sync -f "$parent" || exit 1
rm -rf --one-file-system "$from"
`;

/** `$1` mark, `$2` path: absent, empty or full. */
export const pathScript = `
LC_ALL=C; export LC_ALL
mark=$1 path=$2 full=absent
if [ -d "$path" ]; then
  full=empty
  [ -r "$path" ] || full=full
  for entry in "$path"/* "$path"/.[!.]*; do
    if [ -e "$entry" ] || [ -L "$entry" ]; then full=full; break; fi
  done
elif [ -e "$path" ] || [ -L "$path" ]; then full=full
fi
printf '\\n@%s %s\\n' "$mark" $full
`;

/** `$1` mark, `$2` directory: `SIZE NAME` of each plain file in it. */
export const listScript = `
LC_ALL=C; export LC_ALL
mark=$1
cd "$2" || exit 1
# Without the right to read it, it would look empty.
[ -r . ] || exit 1
shift 2
for name in * .[!.]*; do if [ -f "$name" ]; then set -- "$@" "$name"; fi; done
printf '\\n@%s files\\n' "$mark"
[ $# -eq 0 ] || stat -L -c '%s %n' -- "$@"
`;
