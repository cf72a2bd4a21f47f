// What lies on the disks of a node beside its data directory: the WAL area, the archive, and the history files in both.
import { bytes } from '../time.ts';
import type { Bytes } from '../time.ts';
import type { Argv } from './commands.ts';
import { isSegmentName } from './segment.ts';
import { parseHistory, parseTimelineHex } from './timeline.ts';
import type { History, Timeline } from './timeline.ts';

export interface Disks {
  readonly wal: Folder | null;
  readonly archive: Folder | null;
  /** The WAL segment written to last, by its time on disk: recycled ones have higher names and older times. */
  readonly newestSegment: string | null;
  /** Segments that wait for the archiver (`archive_status/*.ready`). */
  readonly toArchive: number;
  readonly histories: readonly HistoryFile[];
}

export interface Folder {
  /** As `ls -l` shows it: `dr-x------ postgres postgres`. */
  readonly access: string;
  /** Of its file system. */
  readonly size: Bytes;
  readonly free: Bytes;
}

export interface HistoryFile {
  readonly file: string;
  readonly timeline: Timeline;
  /** Undefined where it is cut short or makes no sense. */
  readonly history: History | undefined;
}

const script = `
wal=$1 archive=$2
folder() {
  [ -d "$2" ] || return 0
  printf '@%s %s\\n' "$1" "$(ls -ldL "$2")"
  df -Pk "$2" | tail -n 1
}
histories() {
  for file in "$1"/*.history; do
    if [ -f "$file" ]; then printf '@history %s\\n' "$file"; cat "$file"; printf '\\n'; fi
  done
}
folder wal "$wal"
newest=$(ls -t "$wal" | grep -E '^[0-9A-F]{24}$' | head -n 1)
printf '@newest %s\\n' "$newest"
printf '@ready %s\\n' "$(ls "$wal/archive_status" | grep -c '[.]ready$')"
histories "$wal"
if [ -n "$archive" ]; then folder archive "$archive"; histories "$archive"; fi
printf '@end\\n'
`;

/** Reads only. Paths are arguments, never part of the script. */
export const lookAtDisks = (wal: string, archive: string | undefined): Argv => [
  'sh',
  '-c',
  script,
  'disks',
  wal,
  archive ?? '',
];

/** The answer to {@link lookAtDisks}; undefined where it is not whole. */
export function readDisks(text: string): Disks | undefined {
  const sections = [...text.matchAll(/^@(\w+) ?(.*)\n((?:(?!@).*\n?)*)/gm)].map(
    ([, name = '', words = '', body = '']) => ({
      name,
      words,
      body,
    }),
  );
  if (!sections.some(({ name }) => name === 'end')) return undefined;
  const one = (name: string) => sections.find(section => section.name === name);
  const newest = one('newest')?.words ?? '';
  return {
    wal: folder(one('wal')),
    archive: folder(one('archive')),
    newestSegment: isSegmentName(newest) ? newest : null,
    toArchive: Number(one('ready')?.words ?? 0),
    histories: sections.filter(({ name }) => name === 'history').flatMap(historyFile),
  };
}

interface Section {
  readonly words: string;
  readonly body: string;
}

/** `ls -ld`: mode, links, owner, group …; `df -Pk`: blocks, used, free, capacity. */
function folder(section: Section | undefined): Folder | null {
  const [, mode = '', owner = '', group = ''] = /^(\S+)\s+\S+\s+(\S+)\s+(\S+)/.exec(section?.words ?? '') ?? [];
  const [, blocks, free] = / (\d+) +\d+ +(-?\d+) +\d+% /.exec(section?.body ?? '') ?? [];
  if (mode === '' || blocks === undefined) return null;
  return { access: `${mode} ${owner} ${group}`, size: bytes(Number(blocks) * 1024), free: bytes(Number(free) * 1024) };
}

function historyFile({ words: file, body }: Section): HistoryFile[] {
  const timeline = parseTimelineHex(/([0-9A-F]{8})\.history$/.exec(file)?.[1] ?? '');
  return timeline === undefined ? [] : [{ file, timeline, history: parseHistory(body, timeline) }];
}

/** A file system: where it is mounted, and what is free on it. */
export interface FileSystem {
  readonly mount: string;
  readonly free: Bytes;
}

const spaceScript = `
for place; do
  while [ ! -e "$place" ]; do place=$(dirname "$place"); done
  df -Pk "$place" | tail -n 1
done
`;

/** Reads only. A path that is not there is on the file system that it would be made on. */
export const lookAtSpace = (...paths: readonly string[]): Argv => ['sh', '-c', spaceScript, 'space', ...paths];

/** The answer to {@link lookAtSpace}, one for each path: file system, blocks, used, free, capacity, mount. */
export const readSpace = (text: string): FileSystem[] =>
  [...text.matchAll(/ \d+ +\d+ +(-?\d+) +\d+% +(.+)$/gm)].map(([, free, mount = '']) => ({
    mount,
    free: bytes(Number(free) * 1024),
  }));
