// What lies where a new cluster shall be made: moved aside, and moved aside again where an undo wants the former back.

import { posix } from 'node:path';
import { valueOf } from '../../look/facts.ts';
import { brokenDirectory } from '../../look/node-places.ts';
import type { Look } from '../../look/look.ts';
import type { Op } from '../../ops.ts';
import type { NodeName } from '../../ports.ts';
import { archiveName } from '../../postgres/commands-dump.ts';
import { seconds } from '../../time.ts';
import type { Dump } from '../../look/dump.ts';
import { unfinishedScript } from './load-scripts.ts';
import { loadingPath, serverArguments } from './loading.ts';
import { moveOp, pathIs } from './put-aside.ts';
import { script } from './scripts.ts';

export interface Place {
  readonly path: string;
  /** What it is called below the directory for broken data. */
  readonly name: string;
}

/** WAL of another system must not come between that of the new one, whose segments begin with the first number again. */
export function placesOf(look: Look, on: NodeName, { tablespaces }: Dump): readonly [Place, ...Place[]] {
  const { data, wal, archive } = look.node(on).postgres;
  const named = (path: string | undefined, name: string): Place[] => (path === undefined ? [] : [{ path, name }]);
  return [
    { path: data, name: 'data' },
    ...named(wal, posix.basename(wal ?? '')),
    ...named(archive, 'archive'),
    ...tablespaces.map(({ name, directory }) => ({ path: directory, name: `tablespace-${archiveName(name)}` })),
  ];
}

/** Nothing, where a new cluster has been begun: what lies in the places then is its own. */
export async function moveAsideOps(look: Look, on: NodeName, places: readonly Place[]): Promise<Op[]> {
  const { data } = look.node(on).postgres;
  const begun = valueOf(await look.path(on, loadingPath(data)));
  if (begun === 'full' || begun === 'empty') return [];
  const directory = brokenDirectory(look.node(on), look.started);
  const ops = places.map(async ({ path, name }) => {
    const there = valueOf(await look.path(on, path));
    if (there !== 'full' && there !== 'empty') return [];
    const to = await freeName(look, on, `${directory}/${name}`);
    return [{ ...move(on, path, to), ...(path !== data && { system: null }) }];
  });
  return (await Promise.all(ops)).flat();
}

/** Empty ones, too: an undo must leave what there was, and an archive without its directory takes no WAL. */
function move(on: NodeName, from: string, to: string): Op {
  const there = moveOp(on, from, to);
  const back = moveOp(on, to, from);
  const moved = (a: string, b: string): Op['done'] => [pathIs(on, a, 'absent'), pathIs(on, b, 'full', 'empty')];
  return { ...there, done: moved(from, to), undo: [{ ...back, done: moved(to, from), system: null, undo: 'free' }] };
}

async function freeName(look: Look, on: NodeName, plain: string): Promise<string> {
  for (const name of [plain, ...[2, 3, 4, 5, 6, 7, 8, 9].map(n => `${plain}-${String(n)}`)])
    if (valueOf(await look.path(on, name)) === 'absent') return name;
  return `${plain}-${look.started.slice(11, 19).replaceAll(':', '')}`;
}

/** The new cluster goes aside, as far as it came; one that a killed script left running is stopped. */
export async function unfinishedOp(look: Look, on: NodeName, dump: Dump): Promise<Op> {
  const site = look.node(on);
  const directory = await freeName(look, on, `${brokenDirectory(site, look.started)}/unfinished`);
  const [data, ...others] = placesOf(look, on, dump);
  const made = [...others, { path: loadingPath(data.path), name: data.name }];
  const pairs = made.flatMap(({ path, name }) => [path, `${directory}/${name}`]);
  const argv = script(unfinishedScript, 'unfinished', ...serverArguments(site, dump), ...pairs);
  return {
    do: { op: 'exec', as: `move what was made to ${directory}`, tries: [{ argv, within: seconds(3600) }] },
    on,
    within: seconds(3600),
    guard: ['postmaster'],
    done: made.map(({ path }) => pathIs(on, path, 'absent')),
    undo: 'free',
  };
}
