// A restore onto a node whose places are cleared before: what it would do, and every reason against it. Pure.

import { parseVersion } from '../postgres/version.ts';
import { type Bytes, bytes, showBytes } from '../time.ts';
import type { Backup } from './backup.ts';
import type { Chosen } from './choose.ts';
import type { NodePlaces, NodeRestore } from './keeping.ts';
import type { Contents } from './restore-contents.ts';
import { planRestore } from './restore-plan.ts';
import { type Becomes, restoredSettings, walLevelIn } from './restore-settings.ts';
import type { PlaceSeen, Places, TargetSeen } from './restore-target.ts';
import type { Refusal, RestoreWish } from './restore-wish.ts';

/** Of each tablespace outside of the data directory where it was, and where the node has it. */
export const spacesOf = (backup: Backup, into: NodePlaces): RestoreWish['tablespaces'] =>
  backup.tablespaces
    .filter(({ location }) => location.startsWith('/'))
    .map(({ oid, name, location }) => {
      const otherwise = into.spaces === null ? location : `${into.spaces}/${oid}`;
      return { oid, from: location, to: into.tablespaces[name ?? ''] ?? otherwise };
    });

export const placesOf = (backup: Backup, into: NodePlaces): Places => ({
  data: into.data,
  wal: into.wal,
  bin: into.bin,
  tablespaces: spacesOf(backup, into).map(({ oid, to }) => ({ oid, location: to })),
});

/** A server that recovers to where the way ends, and takes writes from there on. */
const becomesOf = ({ recovery }: Chosen): Becomes => ({ is: 'recovered', ...recovery, action: 'promote' });

export interface NodeSeen {
  /** As the node is now: a server may run, and data be there. */
  readonly target: TargetSeen;
  /** The place where what is there goes. */
  readonly broken: PlaceSeen;
}

export interface NodeWish {
  readonly chosen: Chosen;
  readonly into: NodePlaces;
  /** `node1:/disk1/data`. */
  readonly where: string;
}

export const wishOf = ({ chosen, into, where }: NodeWish): RestoreWish => ({
  backup: chosen.backup,
  places: placesOf(chosen.backup, into),
  tablespaces: spacesOf(chosen.backup, into),
  wal: { segments: chosen.segments, histories: chosen.histories },
  becomes: becomesOf(chosen),
  where,
});

export function planNodeRestore(node: NodeWish, contents: Contents, seen: NodeSeen): NodeRestore {
  const wish = wishOf(node);
  const plan = planRestore(wish, contents, cleared(seen));
  const refusals = [
    ...plan.refusals,
    ...otherCluster(wish, seen.target),
    ...noRoomAside(wish.backup, seen),
    // A sandbox is not started with the configuration of the backup.
    ...(node.into.spaces === null ? tooLowLevel(wish.backup, contents, seen) : []),
  ];
  return {
    chosen: node.chosen,
    plan: { ...plan, refusals },
    lines: ownLines(wish, contents),
    spaces: wish.places.tablespaces.map(({ location }) => location),
  };
}

/** The node's own configuration takes the place of the backup's, so that nothing of that can be relied on. */
function ownLines({ backup, becomes }: RestoreWish, { control }: Contents): readonly string[] {
  const version = parseVersion(backup.version);
  if (control === undefined || version === undefined) return [];
  return restoredSettings(becomes, { version, control, conf: undefined, auto: undefined }, backup.id).lines;
}

/** As it will be when what is there was moved away. What a restore that was cut off has left is gone on with instead. */
function cleared({ target, broken }: NodeSeen): TargetSeen {
  if (target.marker !== null) return { ...target, servers: [] };
  const freed = (place: PlaceSeen): PlaceSeen => ({
    ...place,
    state: place.state === 'full' ? 'absent' : place.state,
    // What leaves for another file system makes as much room as it took, or more than is known of.
    free: place.state === 'full' && place.mount !== broken.mount ? bytes(Number.MAX_SAFE_INTEGER) : place.free,
  });
  return {
    ...target,
    data: freed(target.data),
    wal: target.wal && freed(target.wal),
    tablespaces: target.tablespaces.map(place => ({ ...freed(place), clusters: [] })),
    version: null,
    systemId: null,
    walLink: null,
    spaceLinks: new Map(),
    walSystemId: null,
    servers: [],
  };
}

/** Moved aside is not deleted, and yet: what is another cluster's is nobody's to move. */
function otherCluster({ backup, where }: RestoreWish, { systemId, walSystemId }: TargetSeen): Refusal[] {
  const found = systemId ?? walSystemId;
  if (found === null || found === backup.systemId) return [];
  return [
    {
      what: `${where} holds another cluster: system identifier ${found}; backup ${backup.id} is of ${backup.cluster}, ${backup.systemId}`,
      hint: 'bind another node, or move what is there away by hand',
    },
  ];
}

/** A move to another file system is a copy, and as large as what is moved: about as large as the backup. */
function noRoomAside({ size, id }: Backup, { target: { data, marker }, broken }: NodeSeen): Refusal[] {
  if (marker !== null || data.state !== 'full' || data.mount === broken.mount || broken.free > size) return [];
  return [{ what: roomWords(broken, size, id), hint: 'make room there, or name another place for broken data' }];
}

/** The node's own configuration was lost with its data: that of the backup comes, and stays once recovery is over. */
function tooLowLevel({ id }: Backup, contents: Contents, { target: { data } }: NodeSeen): Refusal[] {
  if (data.state === 'full' || walLevelIn(contents) !== 'minimal') return [];
  return [
    {
      what: `the configuration in backup ${id} has wal_level = minimal, and the node has none of its own: the restored server would not start`,
      hint: `a restore by hand sets replica above it: lifeboat restore --on NODE --backup ${id}`,
    },
  ];
}

const roomWords = ({ path, mount, free }: PlaceSeen, size: Bytes, id: string): string =>
  `what is there is to be moved to ${path} (file system ${mount}), where ${showBytes(free)} are free; it is about as large as backup ${id}, ${showBytes(size)}`;
