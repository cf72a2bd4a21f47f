// Where what is left of a node's data goes: moved aside, below today's date, never over what lies there already.

import { posix } from 'node:path';
import { valueOf } from '../../look/facts.ts';
import { brokenDirectory } from '../../look/node-places.ts';
import { rewindingPath } from '../../look/way-back.ts';
import type { Look } from '../../look/look.ts';
import type { NodeName } from '../../ports.ts';
import { markerName } from '../../repo/restore-target.ts';
import type { Moved } from './rebuild.ts';

export interface Broken extends Moved {
  /** `/disk4/broken/20261121`. */
  readonly directory: string;
}

/** @param known where each tablespace lies on the primary, and on the node; as the primary says where absent */
export async function broken(look: Look, on: NodeName, primary: NodeName, known?: Broken['spaces']): Promise<Broken> {
  const site = look.node(on);
  const { data, wal } = site.postgres;
  const directory = brokenDirectory(site, look.started);
  const spaces = known ?? (await tablespaces(look, on, primary));
  const aside = rewindingPath(data);
  const rewinding = await isFull(look, on, aside);
  const sources: readonly [from: string, name: string][] = [
    [rewinding ? aside : data, 'data'],
    ...(wal === undefined ? [] : [[wal, posix.basename(wal)] satisfies [string, string]]),
    ...spaces.map(([, here]): [string, string] => [here, `tablespace-${posix.basename(here)}`]),
  ];
  // What a copy or a restore that was cut off has left of itself is none of it: it is gone on with, or made anew.
  const unfinished = (await isFull(look, on, `${data}.copying`)) || (await isFull(look, on, `${data}/${markerName}`));
  const places = await Promise.all(
    sources.map(([from, name]) => placeOf(look, on, from, `${directory}/${name}`, unfinished)),
  );
  return {
    directory,
    // What an earlier step makes of it is not known while planning: then the move is shown, and left out if there is nothing.
    moves: places.filter(({ gone }) => !gone).map(({ from, to }) => [from, to]),
    kept: places[0]?.to ?? directory,
    spaces,
  };
}

/** Where it goes: the first name that is free that day; what is gone already lies under the last that is not. */
export async function placeOf(look: Look, on: NodeName, from: string, plain: string, moved = false) {
  const gone = moved || valueOf(await look.path(on, from)) === 'absent';
  const names = [plain, ...[2, 3, 4, 5, 6, 7, 8, 9].map(n => `${plain}-${String(n)}`)];
  const states = await Promise.all(names.map(name => look.path(on, name)));
  const free = states.findIndex(state => valueOf(state) !== 'full');
  return {
    from,
    gone,
    to: names[Math.max(0, gone ? free - 1 : free)] ?? plain,
    free: names[Math.max(0, free)] ?? plain,
  };
}

const isFull = async (look: Look, on: NodeName, path: string): Promise<boolean> =>
  valueOf(await look.path(on, path)) === 'full';

async function tablespaces(look: Look, on: NodeName, primary: NodeName): Promise<[string, string][]> {
  const own = look.node(on).postgres.tablespaces;
  const known = valueOf(await look.tablespaces(primary)) ?? [];
  return known.map(({ name, location }) => [location, own[name] ?? location]);
}
