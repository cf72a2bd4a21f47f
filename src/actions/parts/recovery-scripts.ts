// Shell texts of a recovery on a node: its own configuration is kept, takes the place of the backup's, and is whole again at the end.

import { settings } from './scripts.ts';

const files = 'postgresql.conf postgresql.auto.conf pg_hba.conf pg_ident.conf';

/** `NAME DIR`: the configuration goes to DIR.conf. Where it lies elsewhere, or was lost with the data, there is none to keep. */
export const keepConfScript = `
dir=$1
[ -e "$dir/PG_VERSION" ] || exit 0
rm -rf "$dir.conf.partial" && mkdir -m 700 "$dir.conf.partial" || exit
for file in ${files}; do
  [ ! -e "$dir/$file" ] || cp -p "$dir/$file" "$dir.conf.partial/" || exit
done
sync "$dir.conf.partial" && rm -rf "$dir.conf" && mv "$dir.conf.partial" "$dir.conf"`;

/**
 * `NAME DIR NAMES LINES`: a backup brings the configuration of the node that it was taken from; that of a standby names other
 * addresses, and another server to follow. Each setting of recovery is ours, whatever the node's own files say of it.
 */
export const ownConfScript = `${settings}
dir=$1
for file in ${files}; do
  [ ! -e "$dir.conf/$file" ] || cp -p "$dir.conf/$file" "$dir/" || exit
done
rm -f "$dir/standby.signal" && settings "$@"`;

/**
 * `NAME DIR NAMES NEVER`: what recovery needed goes, and what the node's own postgresql.auto.conf had said of it comes back;
 * of what NEVER names nothing does.
 */
export const settledConfScript = `${settings}
dir=$1 own=
if [ -e "$dir.conf/postgresql.auto.conf" ]; then
  own=$(grep -iE "^[[:space:]]*($2)[[:space:]=]" "$dir.conf/postgresql.auto.conf" | grep -viE "^[[:space:]]*($3)[[:space:]=]")
fi
settings "$dir" "$2" "$own" && rm -rf "$dir.conf"`;
