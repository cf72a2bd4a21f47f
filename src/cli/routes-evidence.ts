// What the ways back are judged by: how the nodes stand, and what room there is where a restore would go.

import { liveLook } from '../engine/live-look.ts';
import { askedOnce } from '../engine/one-moment.ts';
import { Fault } from '../faults.ts';
import { type Fact, type Facts, valueOf } from '../look/facts.ts';
import type { Look } from '../look/look.ts';
import { brokenDirectory } from '../look/node-places.ts';
import { type Aside, roomAside, roomOver } from '../monitor/routes/room.ts';
import type { NodeSeen, RoomSeen, RouteEvidence } from '../monitor/routes/route.ts';
import type { NodeName, Site } from '../ports.ts';
import { lookAtSpace, readSpace } from '../postgres/commands-disk.ts';
import { type Timeline, timeline } from '../postgres/timeline.ts';
import type { Chosen } from '../repo/choose.ts';
import type { ClusterRepository } from '../repo/repository.ts';
import { contentsOf } from '../repo/restore-contents.ts';
import type { RestoreWish } from '../repo/restore-wish.ts';
import type { TargetSeen } from '../repo/restore-target.ts';
import type { Cluster, NodeSite } from '../runbook/inventory-types.ts';
import { type Bytes, instant, ms, seconds } from '../time.ts';
import { restorePlace, type WhereOptions } from './restore-where.ts';
import type { Terminal } from './terminal.ts';

type Seen = Pick<RouteEvidence, 'nodes' | 'present' | 'place'>;

/** @param newest the newest timeline that is known, where no primary says */
export async function nodesSeen(site: Site, cluster: Cluster, newest: Timeline): Promise<Seen> {
  const look = liveLook(askedOnce(site), cluster, { started: instant(new Date()), told: new Map() });
  const nodes = await Promise.all(cluster.nodes.map(node => nodeSeen(look, node)));
  // Of two that say so the one on the newer timeline.
  const [primary] = nodes
    .filter(({ role }) => role === 'primary')
    .sort((a, b) => (b.timeline ?? 0) - (a.timeline ?? 0));
  const place = primary?.node ?? cluster.home?.primary ?? cluster.nodes[0]?.name;
  if (place === undefined) throw new Error('a cluster without nodes');
  const line = primary?.timeline ?? null;
  return {
    nodes,
    place,
    present: {
      primary: primary?.node ?? null,
      timeline: line === null ? newest : timeline(line),
      written: primary === undefined ? null : (valueOf(await look.fact(primary.node, 'written')) ?? null),
      nextXid: primary === undefined ? null : await nextXid(look, primary.node),
    },
  };
}

async function nodeSeen(look: Look, site: NodeSite): Promise<NodeSeen> {
  const get = async <F extends Fact>(fact: F): Promise<Facts[F] | null> =>
    valueOf(await look.fact(site.name, fact)) ?? null;
  const last = await get('lastTransaction');
  return {
    node: site.name,
    site,
    role: await get('role'),
    timeline: await get('timeline'),
    received: await get('received'),
    replayed: await get('replayed'),
    paused: (await get('replayPaused')) ?? false,
    delay: (await get('replayDelay')) ?? ms(0),
    lastTransaction: last === '' ? null : last,
  };
}

/** Its lower half, as WAL has it. */
async function nextXid(look: Look, primary: NodeName): Promise<number | null> {
  const sql = 'select (pg_snapshot_xmax(pg_current_snapshot())::text::numeric % 4294967296)::text';
  const number = valueOf(await look.rows(primary, sql))?.[0]?.[0];
  return number === undefined ? null : Number(number);
}

export interface Place {
  readonly terminal: Terminal;
  readonly site: Site;
  readonly cluster: Cluster;
  readonly repo: ClusterRepository;
  readonly chosen: Chosen;
  /** The node of a restore in place, and the directory of one beside. */
  readonly on: NodeName;
  readonly into: string;
  /** About how much data the node holds now. */
  readonly data: Bytes;
}

export async function roomsSeen(place: Place): Promise<RouteEvidence['rooms']> {
  const contents = await contentsOf(place.repo, place.chosen.backup);
  const [there, here, aside] = await Promise.all([
    lookInto(place, { on: place.on }),
    lookInto(place, { into: place.into }),
    asideOf(place),
  ]);
  const over = (seen: Looked): RoomSeen => ('silent' in seen ? seen : roomOver(seen.wish, contents, seen.seen));
  return {
    delta: over(there),
    aside: 'silent' in there ? there : 'silent' in aside ? aside : roomAside(there.wish, contents, there.seen, aside),
    beside: over(here),
  };
}

type Silent = { readonly silent: string };
type Looked = { readonly wish: RestoreWish; readonly seen: TargetSeen } | Silent;

/** Reads only. Whatever keeps us from looking keeps a restore from going there too. */
async function lookInto({ terminal, cluster, repo, chosen }: Place, where: WhereOptions): Promise<Looked> {
  try {
    const { target, places, tablespaces } = restorePlace(terminal, cluster, chosen.backup, where, repo.works);
    try {
      const wal = { segments: chosen.segments, histories: chosen.histories };
      const becomes = { is: 'recovered', ...chosen.recovery, action: 'promote' } as const;
      const wish = { backup: chosen.backup, places, tablespaces, wal, becomes, where: target.where };
      return { wish, seen: await target.look() };
    } finally {
      await target.close();
    }
  } catch (error) {
    if (error instanceof Fault) return { silent: error.message };
    throw error;
  }
}

async function asideOf({ site, cluster, on, data }: Place): Promise<Aside | Silent> {
  const node = cluster.nodes.find(({ name }) => name === on);
  if (node === undefined) throw new Error(`no node is named "${on}"`);
  const path = brokenDirectory(node, site.clock.now());
  const ran = await site.host(on).read(lookAtSpace(path), seconds(8));
  const [found] = ran.is === 'ended' ? readSpace(ran.stdout) : [];
  return found ? { path, data, ...found } : { silent: `${on} does not say how much room there is in ${path}` };
}
