// Where a copy of a cluster lies that is made beside a node's own data, for something to be taken out of it.

import type { NodePlaces } from '../repo/keeping.ts';
import type { RestoreWay } from '../repo/restore-way.ts';
import type { NodeName } from '../ports.ts';
import type { Look } from './look.ts';
import { brokenDirectory, nodePlaces } from './node-places.ts';

export interface Sandbox {
  /** `/disk4/broken/20261121/sandbox-1-0-3000060-before`: all of it. */
  readonly directory: string;
  readonly places: NodePlaces;
}

/**
 * Named by what it was restored to, so that each step, a resume, and another run of the same day for another table find the
 * same one; below the directory for broken data, where nobody looks for a server's.
 */
export function sandboxOf(look: Look, on: NodeName, { timeline, end }: RestoreWay): Sandbox {
  const site = look.node(on);
  const place = `${String(timeline)}-${end.lsn.replace('/', '-')}-${end.is}`;
  const directory = `${brokenDirectory(site, look.started)}/sandbox-${place}`;
  const own = nodePlaces(site);
  const places = { ...own, data: `${directory}/data`, wal: null, tablespaces: {}, spaces: `${directory}/tablespaces` };
  return { directory, places };
}
