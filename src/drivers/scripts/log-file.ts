// The server log on a node: which file it is, and what stands in it from a place on.

import { prelude } from './prelude.ts';

/**
 * `log_file` finds the file, `$logf`. Where the logging collector runs, its own note wins over the inventory, for then
 * `pg_ctl -l` holds nothing but the first lines; of several formats the one with a process id in every line.
 */
export const logFile = `
log_file() {
  logf=
  if [ -r "$data/current_logfiles" ]; then
    for wanted in jsonlog csvlog stderr; do
      while read -r format path; do
        [ "$format" = "$wanted" ] && [ -z "$logf" ] || continue
        case $path in /*) logf=$path ;; *) logf=$data/$path ;; esac
        [ -f "$logf" ] || logf=
      done <"$data/current_logfiles"
    done
  fi
  [ -z "$logf" ] || return 0
  if [ -n "$log" ] && [ ! -d "$log" ]; then logf=$log; return 0; fi
  for entry in "\${log:-$data/log}"/*; do
    [ -f "$entry" ] || continue
    if [ -z "$logf" ] || [ "$entry" -nt "$logf" ]; then logf=$entry; fi
  done
}
`;

/** Bytes in one answer, per file; a reader asks again from where it stopped. */
export const logPiece = 4 * 1024 * 1024;

/**
 * `$1` file, `$2` inode, `$3` offset. Gives `@MARK file INODE START LENGTH CUT PATH` and the bytes for each file in turn: the old
 * one to its end, those in between, the current one. Both ways of rotating are followed: the collector opens a file of another
 * name, logrotate renames the old one (or copies and truncates it).
 */
export const readLogScript = `${prelude}${logFile}
emit() {
  set -- "$1" "$2" $(stat -L -c '%i %s' "$1" 2>/dev/null)
  [ $# -eq 4 ] || return 0
  length=$(($4 - $2)) cut=0
  if [ $length -gt ${String(logPiece)} ]; then length=${String(logPiece)} cut=1; fi
  say file "$3" "$2" "$length" "$cut" "$1"
  [ $length -eq 0 ] || tail -c +$(($2 + 1)) "$1" | head -c "$length"
  if [ $cut = 1 ]; then say end; exit 0; fi
}
# Files of a folder, the oldest first, that are younger than $1 and whose names fit the pattern $3.
younger() {
  ls -tr "$2" 2>/dev/null | while IFS= read -r name; do
    case $name in $3) ;; *) continue ;; esac
    if [ "$2/$name" -nt "$1" ] && ! [ "$2/$name" -ef "$1" ] && ! [ "$2/$name" -ef "$4" ]; then printf '%s\\n' "$2/$name"; fi
  done
}
file=$1 inode=$2 offset=$3
log_file
folder=\${file%/*} base=\${file##*/}
set -- $(stat -L -c '%i %s' "$file" 2>/dev/null)
if [ "$1" = "$inode" ]; then
  old=$file
  [ "$2" -ge "$offset" ] || offset=0
  emit "$old" "$offset"
else
  old=
  if [ "$inode" != 0 ]; then
    old=$(stat -c '%i %n' "$folder"/* 2>/dev/null | while read -r number path; do
      if [ "$number" = "$inode" ]; then printf '%s' "$path"; break; fi
    done)
  fi
  if [ -n "$old" ]; then
    emit "$old" "$offset"
    between=$(younger "$old" "$folder" "$base*" "$file")
    IFS=$nl
    for path in $between; do IFS=' '; emit "$path" 0; done
    IFS=' '
  fi
  [ -e "$file" ] && emit "$file" 0
  old=$file
fi
if [ -n "$logf" ] && [ -e "$logf" ] && ! [ "$logf" -ef "$file" ]; then
  case $logf in *.csv) pattern='*.csv' ;; *.json) pattern='*.json' ;; *) pattern='*' ;; esac
  between=
  if [ -e "$old" ]; then between=$(younger "$old" "\${logf%/*}" "$pattern" "$logf"); fi
  IFS=$nl
  for path in $between; do
    case $pattern:$path in '*':*.csv | '*':*.json) continue ;; esac
    IFS=' '
    emit "$path" 0
  done
  IFS=' '
  emit "$logf" 0
fi
say end
`;
