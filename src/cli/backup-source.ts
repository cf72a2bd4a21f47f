// Which node a backup is taken from.

import { makeSite } from '../drivers/site.ts';
import { liveLook } from '../engine/live-look.ts';
import { Fault } from '../faults.ts';
import { type Fact, type Facts, valueOf } from '../look/facts.ts';
import type { NodeName, Site } from '../ports.ts';
import { compareLsn, type Lsn } from '../postgres/lsn.ts';
import type { Cluster } from '../runbook/inventory-types.ts';
import { instant, seconds } from '../time.ts';
import { nodeOf } from './options.ts';

export interface BackupSource {
  readonly node: NodeName;
  readonly role: 'primary' | 'standby';
  /** Why it is another one than was asked for. */
  readonly instead: string | null;
  /** Names of its tablespaces by their oids: a restore onto a node puts them where the inventory says for these names. */
  readonly tablespaces: ReadonlyMap<string, string>;
}

type Found = Omit<BackupSource, 'tablespaces'>;

interface Candidate {
  readonly node: NodeName;
  readonly role: Facts['role'] | undefined;
  readonly streams: boolean;
  readonly replayed: Lsn;
}

/**
 * `wanted`: as typed: `primary`, `standby` or a node, which must be there. Where nothing was typed the inventory's word is a wish: a standby that streams
 * (the one that is furthest), else the primary.
 */
export async function backupSource(cluster: Cluster, wanted: string | undefined): Promise<BackupSource> {
  const site = makeSite(cluster);
  try {
    const found = sourceAmong(cluster, await candidatesOf(site, cluster), wanted);
    return { ...found, tablespaces: await tablespaceNames(site, found.node) };
  } finally {
    await site.close();
  }
}

function sourceAmong(cluster: Cluster, candidates: readonly Candidate[], wanted: string | undefined): Found {
  const primary = candidates.find(({ role }) => role === 'primary');
  const standby = candidates
    .filter(({ role, streams }) => role === 'standby' && streams)
    .sort((a, b) => compareLsn(b.replayed, a.replayed))[0];
  const word = wanted ?? cluster.backup?.from ?? 'standby';
  if (word !== 'primary' && word !== 'standby') return named(cluster, candidates, word);
  const found = word === 'primary' ? primary : standby;
  if (found !== undefined) return { node: found.node, role: word, instead: null };
  const other = word === 'primary' ? undefined : primary;
  if (wanted !== undefined || other === undefined) throw nobody(cluster, word, candidates);
  return { node: other.node, role: 'primary', instead: 'no standby streams' };
}

function named(cluster: Cluster, candidates: readonly Candidate[], word: string): Found {
  const node = nodeOf(cluster, word, '--from');
  const role = candidates.find(one => one.node === node)?.role;
  if (role === 'primary' || role === 'standby') return { node, role, instead: null };
  throw new Fault(
    role === 'down' ? 'refused' : 'unreachable',
    role === 'down' ? 'its server does not run' : 'it does not say what it is',
    {
      on: node,
      hint: 'how everybody stands: lifeboat status. Another one: --from NODE',
    },
  );
}

async function candidatesOf(site: Site, cluster: Cluster): Promise<Candidate[]> {
  const look = liveLook(site, cluster, { started: instant(new Date()), told: new Map() });
  const get = async <F extends Fact>(node: NodeName, fact: F): Promise<Facts[F] | undefined> =>
    valueOf(await look.fact(node, fact));
  return Promise.all(
    cluster.nodes.map(async ({ name: node }) => ({
      node,
      role: await get(node, 'role'),
      streams: (await get(node, 'streaming')) ?? false,
      replayed: (await get(node, 'replayed')) ?? (0n as Lsn),
    })),
  );
}

/** Empty where the server does not say: a restore then asks for their places. */
async function tablespaceNames(site: Site, node: NodeName): Promise<ReadonlyMap<string, string>> {
  const answer = await site.host(node).rows({ text: 'select oid, spcname from pg_tablespace' }, seconds(10));
  return new Map(answer.is === 'rows' ? answer.rows.map(([oid = '', name = '']) => [oid, name]) : []);
}

function nobody(cluster: Cluster, word: string, candidates: readonly Candidate[]): Fault {
  const seen = candidates.map(({ node, role }) => `${node} ${role ?? 'silent'}`).join(', ');
  const what = word === 'primary' ? 'no node says that it is a primary' : 'no standby streams';
  return new Fault('refused', `${what} in cluster ${cluster.name}: ${seen}`, {
    hint: 'how everybody stands: lifeboat status. From a node whatever it is: lifeboat backup --from NODE',
  });
}
