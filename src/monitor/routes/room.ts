// What a restore would need at a place once its server is stopped, and what speaks against it. Pure.

import type { Contents } from '../../repo/restore-contents.ts';
import { type Need, planRestore } from '../../repo/restore-plan.ts';
import type { TargetSeen } from '../../repo/restore-target.ts';
import type { Refusal, RestoreWish } from '../../repo/restore-wish.ts';
import { type Bytes, bytes, showBytes } from '../../time.ts';

export interface Room {
  readonly needs: readonly Need[];
  readonly refusals: readonly Refusal[];
}

/** Over what is there. */
export function roomOver(wish: RestoreWish, contents: Contents, seen: TargetSeen): Room {
  const { needs, refusals } = planRestore(wish, contents, { ...seen, servers: [] });
  return { needs, refusals };
}

/** Where broken data is moved to. */
export interface Aside {
  readonly path: string;
  readonly mount: string;
  readonly free: Bytes;
  /** About how much is there now. */
  readonly data: Bytes;
}

/** With what is there moved aside before: within its file system it goes on taking room; on another one it takes it there. */
export function roomAside(wish: RestoreWish, contents: Contents, seen: TargetSeen, aside: Aside): Room {
  if (seen.data.state !== 'full') return roomOver(wish, contents, seen);
  const leaves = aside.mount !== seen.data.mount;
  const cleared: TargetSeen = {
    ...seen,
    data: { ...seen.data, state: 'empty', free: bytes(seen.data.free + (leaves ? aside.data : 0)) },
    wal:
      seen.wal && leaves && seen.wal.mount === seen.data.mount
        ? { ...seen.wal, free: bytes(seen.wal.free + aside.data) }
        : seen.wal,
    tablespaces: seen.tablespaces.map(space => ({ ...space, clusters: [] })),
    version: null,
    systemId: null,
    marker: null,
    walLink: null,
    spaceLinks: new Map(),
  };
  const { needs, refusals } = roomOver(wish, contents, cleared);
  if (!leaves) return { needs, refusals };
  const { mount, path, free, data: needed } = aside;
  const need: Need = { mount, path, needed, free };
  return {
    needs: [...needs, need],
    refusals: needed <= free ? refusals : [...refusals, tooLittle(need)],
  };
}

const tooLittle = ({ path, mount, needed, free }: Need): Refusal => ({
  what: `what is there now takes about ${showBytes(needed)}, and in ${path} (file system ${mount}) ${showBytes(free)} are free`,
  hint: 'make room there',
});
