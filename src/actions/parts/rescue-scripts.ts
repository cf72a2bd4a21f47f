// Shell texts that bring one table out of a sandbox into a database. No value is ever part of a text: arguments only.

import { serving } from './load-scripts.ts';

/** Nobody can ask it before it has come to its target: hot_standby is off. */
const timelineQuery = "select ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int";

/**
 * `NAME BIN DATA SOCKET OPTIONS PATIENCE SETTINGS INTO MAINTENANCE DATABASE CONNINFO IS TABLE COPY SIZE ORIGINAL COPIED LINE`.
 * The sandbox comes to its target with SETTINGS and no others, which takes it from timeline LINE to a newer one. MAINTENANCE
 * connects to a database that is always there. IS asks what TABLE is, COPY makes the copy beside it, SIZE asks how large that
 * is; ORIGINAL and COPIED name both for pg_dump. INTO is made anew, and there when all of it is: the copy, how large it is when
 * it is loaded, and how the table was defined.
 *
 * A server that is stopped after "selected new timeline ID" and before its end-of-recovery checkpoint has no recovery.signal any
 * more: its next start replays all that lies in its pg_wal, on the former timeline and beyond the target (seen on 15). So one
 * that a killed script left on its way there is let come to its end first, and the timeline tells of one that was cut off.
 */
export const copyTableScript = `${serving}
patience=$1 settings=$2 into=$3 maintenance=$4 database=$5 conninfo=$6 is=$7 table=$8 copy=$9
shift 9
size=$1 original=$2 copied=$3 line=$4 log=\${data%/*}/server.log
no() { echo "$1" >&2; exit 76; }
ask() { "$bin/psql" -XAtqw -v ON_ERROR_STOP=1 -d "$1" -c "$2"; }
arrive() {
  until now=$("$bin/psql" -XAtqw -d "$maintenance" -c "${timelineQuery}" 2>/dev/null); do
    runs || { tail -n 3 "$log" >&2; return 71; }
    if [ "$patience" -le 0 ]; then echo "it has not come to its target in time" >&2; return 71; fi
    patience=$((patience - 1))
    sleep 1
  done
}
if runs && grep -qF -- "$socket" "$data/postmaster.opts"; then arrive; fi
quit || exit
# A copy has the rights of its source's, and is not started with its settings even by hand.
printf '%s\\n' "$settings" >"$data/postgresql.conf" && : >"$data/postgresql.auto.conf" || exit
serve
arrive || exit
[ "$now" -gt "$line" ] || no "the sandbox was cut off when its recovery ended, and has gone beyond the target: remove \${data%/*} by hand, then the same book again"
grep -e 'recovery stopping' "$log"
there=$(ask "$maintenance" "select datname from pg_database where datallowconn") || exit
printf '%s\\n' "$there" | grep -qxF -e "$database" || no "at the target there was no database $database"
kind=$(ask "$conninfo" "$is") || exit
case $kind in
  '') no "at the target database $database had no table $table" ;;
  unlogged) no "$table is unlogged, or a part of it: no recovery brings its rows back" ;;
  foreign) no "$table has rows on another server, which are not of the target" ;;
  table) ;;
  *) no "$table is no table" ;;
esac
rm -rf "$into.partial" && mkdir -p "$into.partial" || exit
ask "$conninfo" "$copy" || exit
"$bin/pg_dump" -w -d "$conninfo" --schema-only --table="$original" --file="$into.partial/definition.sql" || exit
"$bin/pg_dump" -w -d "$conninfo" --format=custom --table="$copied" --file="$into.partial/table.dump" || exit
"$bin/pg_restore" --file=/dev/null "$into.partial/table.dump" || exit
ask "$conninfo" "$size" >"$into.partial/size" || exit
rm -rf "$into" && sync "$into.partial"/* && mv -T "$into.partial" "$into" && sync "\${into%/*}"`;

/** `NAME BIN DATA SOCKET OPTIONS`: stops what a killed script left running. */
export const stopSandboxScript = `${serving}
quit && rm -rf "$socket"`;

/**
 * `NAME BIN FROM CONNINFO SCHEMA PLACE…`: makes the schema where it is not there, and the table, with all its rows or not at
 * all. Its rows come twice, as data and as WAL: a server whose disk is full stops, and it is the one that was not to be touched.
 */
export const loadTableScript = `
LC_ALL=C; export LC_ALL
bin=$1 from=$2 conninfo=$3 schema=$4
shift 4
read -r size <"$from/size" || exit
for place; do
  free=$(df -Pk "$place" | tail -n 1 | { read -r _ _ _ free _; echo "$free"; })
  if [ $((size / 512 + 65536)) -ge "$free" ]; then
    echo "no room in $place: $((size / 512 + 65536)) kB needed for the table and its WAL, $free kB free" >&2
    exit 77
  fi
done
"$bin/psql" -XAtqw -v ON_ERROR_STOP=1 -d "$conninfo" -c "$schema" &&
  "$bin/pg_restore" -w --single-transaction --exit-on-error --no-owner --no-privileges --no-tablespaces -d "$conninfo" "$from/table.dump"`;
