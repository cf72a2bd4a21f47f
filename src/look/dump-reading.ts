// Reading a logical backup on its node: whether it is whole, and what restoring it there would meet.

import type { Argv } from '../postgres/commands.ts';
import type { Dump } from './dump.ts';

/** `NAME DIRECTORY`: reads every file. The list ends with globals.sql, and so tells whether it is whole itself. */
const readScript = `
cd "$1" || exit
tail -n 1 SHA256SUMS | grep -q ' [.]/globals[.]sql$' || { echo "SHA256SUMS: cut short"; exit 1; }
sha256sum --check --strict --quiet SHA256SUMS 2>&1`;

/**
 * `NAME BIN DIRECTORY BROKEN LOCALES PLACE…`: what restoring it here would meet, a line each. `version TEXT`: of the programs. `locale NAME`: the system has none of
 * that name. `archive NAME WHY`: pg_restore cannot read its table of contents. For each place `room DEVICE FREE FREED PATH` in kB
 * (FREED: what becomes free when what lies there is moved to BROKEN), `mount PATH` where it is a mount point, and `lost PATH`
 * where not even the directory is there that it should be made in.
 */
const stateScript = `
bin=$1 directory=$2 broken=$3 locales=$4
shift 4
near() { near=$1; while [ ! -d "$near" ]; do near=\${near%/*}; [ -n "$near" ] || near=/; done; }
device() { stat -L -c %d "$1"; }
printf 'version %s\n' "$("$bin/postgres" --version)"
near "$broken"
aside=$(device "$near")
if command -v locale >/dev/null; then
  printf '%s\\n' "$locales" | while IFS= read -r name; do
    [ -z "$name" ] || [ -z "$(LC_ALL="$name" locale 2>&1 >/dev/null)" ] || printf 'locale %s\\n' "$name"
  done
fi
for archive in "$directory"/databases/*; do
  why=$("$bin/pg_restore" --list "$archive" 2>&1 >/dev/null) || printf 'archive %s %s\\n' "\${archive##*/}" "$(printf %s "$why" | head -n 1)"
done
for place; do
  [ -d "\${place%/*}/" ] || printf 'lost %s\\n' "$place"
  near "$place"
  here=$(device "$near") freed=0
  if [ "$near" = "$place" ]; then
    [ "$here" = "$(device "\${place%/*}/")" ] || printf 'mount %s\\n' "$place"
    [ "$here" = "$aside" ] || freed=$(du -skx "$place" 2>/dev/null | cut -f 1)
  fi
  printf 'room %s %s %s %s\\n' "$here" "$(df -Pk "$near" | tail -n 1 | { read -r _ _ _ free _; echo "$free"; })" "\${freed:-0}" "$place"
done
echo end`;

/** Ends with 0 where every file is there and has its SHA-256; else it prints which has not. */
export const readDumpArgv = (directory: string): Argv => ['sh', '-c', readScript, 'read-dump', directory];

export interface StateQuestion {
  readonly bin: string;
  readonly directory: string;
  /** Where what lies in the places will be moved to. */
  readonly broken: string;
  readonly locales: readonly string[];
  readonly places: readonly string[];
}

export const dumpStateArgv = ({ bin, directory, broken, locales, places }: StateQuestion): Argv => [
  ...['sh', '-c', stateScript, 'dump-state', bin, directory, broken],
  locales.join('\n'),
  ...places,
];

interface Room {
  readonly device: string;
  /** kB, of the file system. */
  readonly free: number;
  /** kB that become free there when what lies in the place is moved away. */
  readonly freed: number;
  readonly path: string;
}

export interface DumpState {
  /** What PostgreSQL's own programs say there. */
  readonly version: string;
  /** That the system does not have. */
  readonly locales: readonly string[];
  /** Whose table of contents pg_restore cannot read, and why. */
  readonly archives: readonly string[];
  readonly mounts: readonly string[];
  /** Places whose parent is not there either. */
  readonly lost: readonly string[];
  readonly rooms: readonly Room[];
}

/** The answer to {@link dumpStateArgv}; undefined where it is not whole. */
export function readDumpState(text: string): DumpState | undefined {
  const lines = text.trimEnd().split('\n');
  if (lines.pop() !== 'end') return undefined;
  const of = (word: string): string[] =>
    lines.filter(line => line.startsWith(`${word} `)).map(line => line.slice(word.length + 1));
  const rooms = of('room').map(line => {
    const [, device = '', free, freed, path = ''] = /^(\d+) (\d+) (\d+) (.*)$/.exec(line) ?? [];
    return { device, free: Number(free), freed: Number(freed), path };
  });
  return {
    version: of('version')[0] ?? '',
    locales: of('locale'),
    archives: of('archive'),
    mounts: of('mount'),
    lost: of('lost'),
    rooms,
  };
}

/** What is short of room, in words: places on one file system share what it has. */
export function shortOf({ databases, tablespaces }: Dump, data: string, { rooms }: DumpState): string[] {
  const inSpaces = sum(tablespaces.map(({ bytes }) => bytes));
  const inAll = sum(databases.map(({ bytes }) => bytes));
  const wanted = new Map([
    [data, Math.max(0, inAll - inSpaces)],
    ...tablespaces.map(({ directory, bytes }) => [directory, bytes] as const),
  ]);
  const devices = [...new Set(rooms.map(({ device }) => device))];
  return devices.flatMap(device => {
    const places = rooms.filter(room => room.device === device);
    const need = Math.ceil(sum(places.map(({ path }) => wanted.get(path) ?? 0)) / 1024);
    const free = Math.max(...places.map(room => room.free)) + sum(places.map(({ freed }) => freed));
    const names = places.map(({ path }) => path).filter(path => wanted.has(path));
    return need > free ? [`${names.join(', ')}: ${String(need)} kB needed, ${String(free)} kB free`] : [];
  });
}

const sum = (all: readonly number[]): number => all.reduce((one, other) => one + other, 0);
