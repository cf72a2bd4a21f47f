// What a restore would do, decided before anything is touched: how, how much, and every reason why not. Pure.

import { parseVersion } from '../postgres/version.ts';
import { type Bytes, bytes, showBytes } from '../time.ts';
import type { Contents } from './restore-contents.ts';
import { refusalsOf } from './restore-refusals.ts';
import { type RestoredSettings, restoredSettings } from './restore-settings.ts';
import type { PlaceSeen, TargetSeen } from './restore-target.ts';
import type { Refusal, RestoreWish } from './restore-wish.ts';

export interface RestorePlan extends RestoreWish {
  /** `new`: nothing is there. `delta`: an earlier state of the same cluster is. `resume`: a restore that was cut off. */
  readonly mode: 'new' | 'delta' | 'resume';
  readonly files: number;
  readonly size: Bytes;
  readonly walSize: Bytes;
  readonly settings: RestoredSettings | null;
  /** The links in pg_tblspc differ from what the backup says: tablespace_map is written anew, and pg_verifybackup must leave it out. */
  readonly moved: boolean;
  readonly groupAccess: boolean;
  /** Every path of the backup, for what must go from the target. */
  readonly keep: ReadonlySet<string>;
  readonly needs: readonly Need[];
  /** None: it can be done. */
  readonly refusals: readonly Refusal[];
  readonly remarks: readonly string[];
}

export interface Need {
  readonly mount: string;
  readonly path: string;
  readonly needed: Bytes;
  readonly free: Bytes;
}

export function planRestore(wish: RestoreWish, contents: Contents, seen: TargetSeen): RestorePlan {
  const { backup, places, wal } = wish;
  const version = parseVersion(backup.version);
  const walSize = bytes(wal.segments.length * backup.segmentSize);
  const size = bytes([...contents.sizes.values()].reduce((sum, one) => sum + one, 0));
  const mode = modeOf(seen);
  const needs = needsOf(wish, contents, seen, walSize, mode);
  const settings =
    contents.control && version
      ? restoredSettings(
          wish.becomes,
          { version, control: contents.control, conf: contents.conf, auto: contents.auto },
          backup.id,
        )
      : null;
  return {
    ...wish,
    mode,
    files: contents.files,
    size,
    walSize,
    settings,
    moved: contents.hasTablespaceMap && wish.tablespaces.some(({ from, to }) => from !== to),
    groupAccess: contents.groupAccess,
    keep: contents.paths,
    needs,
    refusals: [
      ...refusalsOf(wish, contents, seen),
      ...needs.filter(({ needed, free }) => needed > free).map(tooLittle),
    ],
    remarks: [
      ...(seen.programs === null
        ? [
            `there is no program "postgres"${places.bin === null ? '' : ` in ${places.bin}`}: its version was not compared`,
          ]
        : []),
      ...(/^\s*include/im.test(contents.conf ?? '')
        ? [
            'postgresql.conf includes other files: those outside of the data directory are in no backup, and must be brought',
          ]
        : []),
      ...(contents.conf === undefined
        ? ['the backup holds no postgresql.conf: the configuration of this cluster lies elsewhere, and must be brought']
        : []),
    ],
  };
}

function modeOf({ data, marker }: TargetSeen): RestorePlan['mode'] {
  if (marker !== null) return 'resume';
  return data.state === 'full' ? 'delta' : 'new';
}

/** By file system, for two places on one share what is free. Where data is there already, only WAL is sure to be added. */
function needsOf(
  wish: RestoreWish,
  contents: Contents,
  seen: TargetSeen,
  walSize: Bytes,
  mode: RestorePlan['mode'],
): Need[] {
  const parts: { readonly place: PlaceSeen; readonly needed: number }[] = [
    // A segment that is fetched stays in pg_wal until the next restartpoint, so that recovery takes up to max_wal_size on top.
    { place: seen.wal ?? seen.data, needed: walSize + Math.min(walSize, gigabyte) },
    ...(mode === 'new' ? [{ place: seen.data, needed: contents.sizes.get(null) ?? 0 }] : []),
    ...(mode === 'new'
      ? seen.tablespaces.map((place, at) => ({
          place,
          needed: contents.sizes.get(wish.tablespaces[at]?.oid ?? '') ?? 0,
        }))
      : []),
  ];
  const byMount = new Map<string, Need>();
  for (const { place, needed } of parts) {
    const before = byMount.get(place.mount);
    byMount.set(place.mount, {
      mount: place.mount,
      path: before?.path ?? place.path,
      needed: bytes((before?.needed ?? 0) + needed),
      free: place.free,
    });
  }
  return [...byMount.values()];
}

const gigabyte = 1024 ** 3;

const tooLittle = ({ path, mount, needed, free }: Need): Refusal => ({
  what: `${showBytes(needed)} are needed in ${path} (file system ${mount}), and ${showBytes(free)} are free`,
  hint: 'make room, or restore elsewhere',
});
