// What the repository of a cluster says in `lifeboat status`: quickly, and where it says nothing, why.

import { Fault } from '../faults.ts';
import { type Lsn, lsn, lsnDiff } from '../postgres/lsn.ts';
import { parseSegmentName, segmentName } from '../postgres/segment.ts';
import { timeline } from '../postgres/timeline.ts';
import type { KeptStatus, NodeStatus } from '../report/status-data.ts';
import type { Backup } from '../repo/backup.ts';
import { readBackup } from '../repo/catalog.ts';
import { Damage } from '../repo/damage.ts';
import { leases } from '../repo/lease.ts';
import { journalEnd } from '../repo/partial.ts';
import { type Proof, readProof } from '../repo/proof.ts';
import { receiverLease } from '../repo/receiver-lease.ts';
import type { ClusterRepository } from '../repo/repository.ts';
import { segmentSizeOf, walKept } from '../repo/wal-catalog.ts';
import { between, bytes, type Duration, type Instant, instant, ms, seconds } from '../time.ts';
import type { InventoryOptions } from './inventory-file.ts';
import { openForCluster } from './open-repository.ts';
import type { Terminal } from './terminal.ts';

/** A file server that hangs must not take the nodes' answers with it. */
const patience = seconds(5);

/** Never rejects. `where`: as the inventory names it. */
export async function keptStatus(
  terminal: Terminal,
  options: InventoryOptions,
  where: string,
  nodes: readonly NodeStatus[],
): Promise<KeptStatus> {
  const nothing = { repository: where, last: null, receiver: null, received: null, exposure: null };
  const late = new AbortController();
  try {
    return await Promise.race([
      readKept(terminal, options, nodes),
      silence(late.signal).then(() => ({ ...nothing, trouble: `${where} does not answer within 5 s` })),
    ]);
  } catch (error) {
    const trouble = error instanceof Fault || error instanceof Damage ? error.message : String(error);
    return { ...nothing, trouble };
  } finally {
    late.abort();
  }
}

function silence(over: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, patience);
    over.addEventListener('abort', () => clearTimeout(timer), { once: true });
  });
}

async function readKept(
  terminal: Terminal,
  options: InventoryOptions,
  nodes: readonly NodeStatus[],
): Promise<KeptStatus> {
  // Its warnings are for those who work with it.
  const { repo } = await openForCluster({ ...terminal, err: () => undefined }, options);
  const primary = primaryAmong(nodes);
  const [backup, live, received] = await Promise.all([lastOf(repo), leases(repo), receivedOf(repo, primary)]);
  const receiver = live.find(({ kind, id }) => kind === receiverLease.kind && id === receiverLease.id);
  return {
    repository: repo.where,
    trouble: null,
    last: backup && lastStatus(backup, received, repo.clock.now()),
    receiver: receiver ? { owner: receiver.owner, pid: receiver.pid, since: receiver.started } : null,
    received,
    exposure: primary && exposureOf(primary, received, nodes, repo.clock.now()),
  };
}

interface Primary {
  readonly timeline: number;
  readonly written: Lsn;
}

/** Of two that say so the one on the newer timeline. */
function primaryAmong(nodes: readonly NodeStatus[]): Primary | null {
  const found = nodes.flatMap(({ role, timeline: line, lsn: written }) =>
    role === 'primary' && line !== null && written !== null ? [{ timeline: line, written }] : [],
  );
  return found.sort((a, b) => b.timeline - a.timeline)[0] ?? null;
}

interface Last {
  readonly backup: Backup;
  readonly proof: Proof | undefined;
}

/** The newest first: those before it need not be read. */
async function lastOf(repo: ClusterRepository): Promise<Last | null> {
  const stored = await repo.store.list(repo.names.backups);
  const ids = stored.flatMap(({ name }) => /\/backups\/([^/]+)\/backup$/.exec(name)?.[1] ?? []).sort();
  for (const id of ids.reverse()) {
    const backup = await readBackup(repo, id).catch(unlessDamaged);
    if (backup?.status !== 'ok') continue;
    return { backup, proof: await readProof(repo, id) };
  }
  return null;
}

function lastStatus({ backup, proof }: Last, received: KeptStatus['received'], now: Instant): KeptStatus['last'] {
  const end = received === null || received.lsn < backup.stop ? backup.stop : received.lsn;
  return {
    id: backup.id,
    taken: backup.stopped,
    age: between(backup.stopped, now),
    size: backup.size,
    replay: lsnDiff(end, backup.start),
    proven: proof ? { at: proof.at, how: proof.how, ok: proof.ok } : null,
  };
}

function unlessDamaged(error: unknown): undefined {
  if (error instanceof Damage) return undefined;
  throw error;
}

/** The newest WAL; where it is as new as the primary's, two folders tell and not all of them need be listed. */
async function receivedOf(repo: ClusterRepository, primary: Primary | null): Promise<KeptStatus['received']> {
  const size = await segmentSizeOf(repo);
  if (primary) {
    const line = timeline(primary.timeline);
    const folder = (at: Lsn): string => `${repo.names.wal}${segmentName(line, at, size).slice(0, 16)}/`;
    const before = primary.written > 0x1_0000_0000n ? lsn(primary.written - 0x1_0000_0000n) : lsn(0n);
    for (const prefix of new Set([folder(primary.written), folder(before)])) {
      const found = await newestIn(repo, prefix, size);
      if (found) return found;
    }
  }
  const { stretches } = await walKept(repo);
  const newest = stretches.filter(one => primary === null || one.timeline <= primary.timeline).at(-1);
  if (newest === undefined) return null;
  return newestIn(
    repo,
    `${repo.names.wal}${segmentName(newest.timeline, lsn(newest.to - 1n), size).slice(0, 16)}/`,
    size,
  );
}

async function newestIn(repo: ClusterRepository, prefix: string, size: number): Promise<KeptStatus['received']> {
  const files = (await repo.store.list(prefix)).flatMap(({ name, at }) => {
    const file = name.slice(prefix.length);
    const place = parseSegmentName(file, size);
    return place ? [{ ...place, file: file.slice(0, 24), at }] : [];
  });
  const newest = files.sort((a, b) => (a.file < b.file ? 1 : a.file > b.file ? -1 : a.kind === 'segment' ? -1 : 1))[0];
  if (newest === undefined) return null;
  const { timeline: line, kind, start, file, at } = newest;
  const end = kind === 'segment' ? lsn(start + BigInt(size)) : await journalEnd(repo, repo.names.partial(file), start);
  return { timeline: line, lsn: end, at: instant(new Date(at)) };
}

/** What the primary has written, less what the best of the others has of it. */
function exposureOf(
  { timeline: line, written }: Primary,
  received: KeptStatus['received'],
  nodes: readonly NodeStatus[],
  now: Instant,
): KeptStatus['exposure'] {
  const kept =
    received === null || received.timeline > line
      ? []
      : [{ name: 'repository', lsn: received.lsn, time: age(received.at, now) }];
  const standbys = nodes.flatMap(({ node, role, timeline: on, received: at, lagTime }) =>
    role === 'standby' && at !== null && on === line ? [{ name: node, lsn: at, time: lagTime }] : [],
  );
  const [best] = [...kept, ...standbys].sort((a, b) => lsnDiff(b.lsn, a.lsn));
  if (best === undefined) return { bytes: bytes(Number(written)), time: null, best: null };
  const missing = bytes(Math.max(0, lsnDiff(written, best.lsn)));
  return { bytes: missing, time: missing === 0 ? ms(0) : best.time, best: best.name };
}

const age = (at: Instant, now: Instant): Duration => ms(Math.max(0, between(at, now)));
