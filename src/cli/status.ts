// lifeboat status: every node at one moment; one that does not answer costs one deadline.

import { makeSite } from '../drivers/site.ts';
import { liveLook } from '../engine/live-look.ts';
import { exits } from '../faults.ts';
import { type Fact, type Facts, type Known, valueOf } from '../look/facts.ts';
import type { Look } from '../look/look.ts';
import { provenBooks } from '../monitor/proven.ts';
import { isSilent, type LockSeen, type NodeName, type Sender, type Site } from '../ports.ts';
import { type Lsn, lsnDiff } from '../postgres/lsn.ts';
import type { ClusterStatus, NodeStatus } from '../report/status-data.ts';
import { statusJson, statusText } from '../report/status-text.ts';
import { between, bytes, type Duration, instant, ms, seconds } from '../time.ts';
import { chooseCluster, type InventoryOptions, loadInventory } from './inventory-file.ts';
import { remembered } from './measured.ts';
import { lookAtFences } from './pay-fences.ts';
import { LastSeen } from './state-directory.ts';
import { keptStatus } from './status-kept.ts';
import type { Terminal } from './terminal.ts';
import { inventoryTyped } from './watch-options.ts';

export async function status(
  terminal: Terminal,
  options: InventoryOptions & { readonly json?: boolean },
): Promise<number> {
  const inventory = await loadInventory(terminal, options);
  const cluster = chooseCluster(inventory, options);
  const site = makeSite(cluster);
  try {
    const at = instant(new Date());
    const look = liveLook(site, cluster, { started: at, told: new Map() });
    const lastSeen = await LastSeen.open(terminal, inventory.file, cluster.name);
    await lastSeen.note(look);
    const typed = inventoryTyped(options);
    const [nodes, owed] = await Promise.all([
      nodesOf(look, site),
      lookAtFences({ terminal, inventory: inventory.file, cluster, site, typed }),
    ]);
    const backup = cluster.backup && (await keptStatus(terminal, options, cluster.backup.repository, nodes));
    const found: ClusterStatus = {
      cluster: cluster.name,
      at,
      nodes,
      owed: owed.flatMap(({ node, is, line }) => (is === 'placed' ? [] : [{ node, is, words: line }])),
      ...(backup && { backup }),
      proven: provenBooks(
        await remembered(terminal, { inventory: inventory.file, cluster: cluster.name }),
        backup?.last ?? null,
      ),
    };
    if (options.json === true) terminal.out(`${JSON.stringify(statusJson(found))}\n`);
    else terminal.out(`${statusText(found, { width: terminal.width, colour: terminal.colour })}\n`);
    return exits.ok;
  } finally {
    await site.close();
  }
}

async function nodesOf(look: Look, site: Site): Promise<NodeStatus[]> {
  const primary = await primaryOf(look);
  const senders = primary === undefined ? [] : (valueOf(await look.senders(primary.node)) ?? []);
  return Promise.all(look.cluster.nodes.map(({ name }) => nodeStatus(look, site, name, primary?.written, senders)));
}

async function primaryOf(look: Look): Promise<{ node: NodeName; written: Lsn } | undefined> {
  for (const { name } of look.cluster.nodes) {
    const written = valueOf(await look.fact(name, 'written'));
    if (written !== undefined && valueOf(await look.fact(name, 'role')) === 'primary') return { node: name, written };
  }
  return undefined;
}

async function nodeStatus(
  look: Look,
  site: Site,
  node: NodeName,
  written: Lsn | undefined,
  senders: readonly Sender[],
): Promise<NodeStatus> {
  const get = async <F extends Fact>(fact: F): Promise<Facts[F] | null> => valueOf(await look.fact(node, fact)) ?? null;
  const role = await look.fact(node, 'role');
  const [received, replayed, last] = [await get('received'), await get('replayed'), await get('lastTransaction')];
  const isStandby = valueOf(role) === 'standby';
  // A standby's walsender bears its cluster_name or application_name; by convention that is the node's name.
  const sender = isStandby ? senderOf(look, node, senders) : undefined;
  const lagBytes =
    isStandby && written !== undefined && replayed !== null ? bytes(Math.max(0, lsnDiff(written, replayed))) : null;
  return {
    node,
    reachable: (await get('reachable')) ?? false,
    why: why(role),
    ready: await get('ready'),
    role: valueOf(role) ?? null,
    timeline: await get('timeline'),
    lsn: isStandby ? replayed : await get('written'),
    received: isStandby ? received : null,
    lagBytes,
    lagTime: isStandby ? lagTime(look, sender, lagBytes, last) : null,
    sync: sender?.sync ?? null,
    lastTransaction: last === null || last === '' ? null : last,
    fence: (await get('fence')) || null,
    replayPaused: isStandby ? await get('replayPaused') : null,
    lock: await lockOn(site, node),
  };
}

const why = (role: Known<unknown>): string | null => (role.is === 'silent' ? role.why : null);

const senderOf = (look: Look, node: NodeName, senders: readonly Sender[]): Sender | undefined =>
  senders.find(one => one.application === node) ?? senders.find(one => one.address === look.node(node).postgres.host);

/** What the primary measured; else the age of the last transaction, while there is anything left to replay. */
function lagTime(look: Look, sender: Sender | undefined, behind: number | null, last: string | null): Duration | null {
  if (behind === 0) return ms(0);
  if (sender?.lag !== undefined && sender.lag !== null) return sender.lag;
  return last === null || last === '' ? null : ms(Math.max(0, between(last as ReturnType<Look['now']>, look.now())));
}

async function lockOn(site: Site, node: NodeName): Promise<string | null> {
  const survey = await site.host(node).survey(seconds(8));
  const lock: LockSeen | null = isSilent(survey) ? null : survey.lock;
  return lock === null ? null : `${lock.run} (${lock.owner})`;
}
