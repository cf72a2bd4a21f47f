// Shell texts of a logical backup. No value is ever part of a text: arguments only.

/** `NAME INTO PG_DUMPALL…`. INTO.partial is ours: nobody takes it for a backup, and only such a one is ever removed. */
export const dumpGlobalsScript = `
into=$1
shift
umask 077
rm -rf "$into.partial" && mkdir -p "$into.partial/databases" || exit
"$@" --file="$into.partial/globals.sql"`;

/**
 * `NAME ARCHIVE BIN PG_DUMP…`. Read to its end as soon as it is written: its SHA-256 can only tell later that it is still the same.
 */
export const dumpDatabaseScript = `
archive=$1 bin=$2
shift 2
umask 077
rm -rf "$archive" && "$@" --file="$archive" && "$bin/pg_restore" --file=/dev/null "$archive"`;

/**
 * `NAME INTO CONFIGURATION MANIFEST PSQL…`, the two queries last but psql, which gets them with -c. A file of the configuration
 * keeps its whole path below `configuration`. Roles' passwords are in there: nobody else can read any of it.
 */
export const dumpFinishScript = `
into=$1 configuration=$2 manifest=$3
shift 3
LC_ALL=C PGCLIENTENCODING=UTF8; export LC_ALL PGCLIENTENCODING
umask 077
cd "$into.partial" || exit
rm -rf configuration && mkdir configuration || exit
files=$("$@" -c "$configuration") || exit
printf '%s\\n' "$files" | while IFS= read -r file; do
  [ -f "$file" ] || continue
  mkdir -p "configuration\${file%/*}" && cp -p "$file" "configuration$file" || exit
done || exit
"$@" -c "$manifest" >backup.json || exit
chmod -R go-rwx . || exit
find . -type f ! -path ./SHA256SUMS -print0 | sort -z | xargs -0 sha256sum >SHA256SUMS || exit
sync -f . && mv -T "$into.partial" "$into" && sync "\${into%/*}"`;
