// lifeboat options: every way back to a point, whether it can be gone, what it costs, and what to type. Changes nothing.

import { makeSite } from '../drivers/site.ts';
import { exits, Fault } from '../faults.ts';
import { routes } from '../monitor/routes/index.ts';
import type { RouteEvidence } from '../monitor/routes/route.ts';
import { type RoutesFound, routesJson, routesText } from '../report/routes-text.ts';
import { anyTarget } from '../repo/any-target.ts';
import type { Chosen, Known } from '../repo/choose.ts';
import { KnownWal } from '../repo/known-wal.ts';
import { readTarget, readTimelineWish, type Target, type TargetWords } from '../repo/target.ts';
import { endBefore, knownOf, lossOf, wayBack } from '../repo/way-back.ts';
import { bytes } from '../time.ts';
import { type InventoryOptions, inventoryWords } from './inventory-file.ts';
import { type Opened, openForCluster } from './open-repository.ts';
import { remembered } from './measured.ts';
import { nodesSeen, roomsSeen } from './routes-evidence.ts';
import type { Terminal } from './terminal.ts';

export interface RoutesOptions extends InventoryOptions, Omit<TargetWords, 'immediate'> {
  /** Any of the targets, in one word. */
  readonly to?: string;
  readonly timeline?: string;
  readonly table?: string;
  readonly into: string;
  readonly json?: boolean;
}

/** Exit 0 where there is a way, 4 where there is none. */
export async function routesCommand(terminal: Terminal, options: RoutesOptions): Promise<number> {
  mustName(options);
  const opened = await openForCluster(terminal, options);
  const known = await knownOf(opened.repo);
  const found = await routesTo(terminal, opened, known, options);
  if (options.json === true) terminal.out(`${JSON.stringify(routesJson(found))}\n`);
  else terminal.out(`${routesText(found, { width: terminal.width, colour: terminal.colour })}\n`);
  return found.routes.some(({ reachable }) => reachable) ? exits.ok : exits.refused;
}

const example =
  'for example: lifeboat options --to-time "2026-11-21 16:45:04+00"; lifeboat wal find says where a mistake was made';

/** Before anything is opened. */
function mustName({ to, toTime, toLsn, toXid, toName }: RoutesOptions): void {
  const others = [toTime, toLsn, toXid, toName].filter(word => word !== undefined);
  if (to === undefined && others.length === 0)
    throw new Fault('usage', 'options needs to be told where to', { hint: example });
  if (to !== undefined && others.length > 0)
    throw new Fault('usage', '--to and the other targets exclude one another', { hint: 'give one of them' });
}

function targetOf({ to, exclusive, ...words }: RoutesOptions, { indexes }: Known): Target {
  const names = new Set([...indexes.values()].flatMap(({ restorePoints }) => restorePoints.map(({ name }) => name)));
  const { toTime, toLsn, toXid, toName } = to === undefined ? words : anyTarget(to, names);
  return readTarget({ toTime, toLsn, toXid, toName, exclusive }, Intl.DateTimeFormat().resolvedOptions().timeZone);
}

async function routesTo(
  terminal: Terminal,
  { inventory, cluster, repo }: Opened,
  known: Known,
  options: RoutesOptions,
): Promise<RoutesFound> {
  const target = targetOf(options, known);
  const timeline = readTimelineWish(options.timeline);
  const site = makeSite(cluster);
  try {
    const newest = new KnownWal(known).newest(known.backups);
    const [found, seen] = await Promise.all([
      wayBack(repo, { target, timeline }, known),
      nodesSeen(site, cluster, newest),
    ]);
    const { into } = options;
    const place = { terminal, site, cluster, repo, on: seen.place, into, data: dataNow(known) };
    const evidence: RouteEvidence = {
      ...seen,
      at: site.clock.now(),
      target,
      timeline,
      found,
      lost: found.is === 'chosen' ? await lossOf(repo, found, seen.present, known) : null,
      before: found.is === 'chosen' ? await endBefore(repo, found, known) : null,
      rooms: found.is === 'chosen' ? await roomsSeen({ ...place, chosen: found }) : noRooms,
      into,
      table: options.table ?? null,
      measured: await remembered(terminal, { inventory: inventory.file, cluster: cluster.name }),
      options: inventoryWords(options),
    };
    const { at, lost } = evidence;
    return { cluster: cluster.name, at, target, timeline, found, lost, routes: routes(evidence) };
  } finally {
    await site.close();
  }
}

/** Where no backup leads to it nothing speaks against the places themselves. */
const noRooms: RouteEvidence['rooms'] = {
  aside: { needs: [], refusals: [] },
  delta: { needs: [], refusals: [] },
  beside: { needs: [], refusals: [] },
};

/** As of the newest backup: to ask the disks would take minutes. */
const dataNow = ({ backups }: Known): Chosen['backup']['size'] =>
  backups.findLast(({ status }) => status === 'ok')?.size ?? bytes(0);
