// How a restore's bytes come to a machine that has nothing but POSIX tools: a tar stream, blocks at their places, and hashes of what is there.

/** `$1` data directory; a tar archive on stdin. What it names as a file replaces a link of that name, and directories may be links. */
export const unpackScript = 'cd "$1" && exec tar -x -p -o -m -f -';

/**
 * `$1` data directory, `$2` bytes of a block; paths on stdin, a line each. Of each file that is there: a line `@SIZE PATH`, then a line with the SHA-256 of
 * each block.
 */
export const hashScript = `
LC_ALL=C; export LC_ALL
cd "$1" || exit 96
block=$2
if [ "$(printf ab | split -b 1 --filter='printf x' - 2>/dev/null)" = xx ]; then filter=yes; else filter=; fi
while IFS= read -r path; do
  { [ -f "$path" ] && [ ! -L "$path" ]; } || continue
  size=$(wc -c <"$path")
  printf '@%s %s\\n' $size "$path"
  if [ "$size" -le "$block" ]; then sha256sum <"$path"
  elif [ -n "$filter" ]; then split -b "$block" --filter=sha256sum "$path"
  fi
done
`;

/** As {@link hashScript} for files of one block, many at a time; sizes are not told, for the hash says it all. Lines \`HASH  PATH\`. */
export const hashSmallScript = 'cd "$1" && { xargs sha256sum -- 2>/dev/null; true; }';

/**
 * `$1` data directory, `$2` bytes of a block. On stdin, after a line each: \`b INDEX SIZE PATH\`, then that block's bytes; or \`t SIZE PATH\`, which cuts a
 * file off. Ends with \`.\`.
 */
export const patchScript = `
cd "$1" || exit 96
block=$2
while IFS=' ' read -r what number rest; do
  case $what in
    b)
      size=\${rest%% *}
      head -c "$size" | dd of="\${rest#* }" bs="$block" seek="$number" conv=notrunc 2>/dev/null || exit 96
      ;;
    t) dd if=/dev/null of="$rest" bs=1 seek="$number" 2>/dev/null || exit 96 ;;
    .) exit 0 ;;
    *) exit 97 ;;
  esac
done
exit 98
`;
