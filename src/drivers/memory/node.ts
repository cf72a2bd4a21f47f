// One simulated machine: its host, its data directory, its server, and what Lifeboat left on it.

import type { LockClaim, NodeName, Ran } from '../../ports.ts';
import { walDirectory } from '../../look/installation.ts';
import type { Lsn } from '../../postgres/lsn.ts';
import type { NodeSite } from '../../runbook/inventory-types.ts';
import type { Instant } from '../../time.ts';
import { ServerLog } from './server-log.ts';

/** A file by what matters of it: a text, or a WAL segment that is valid up to a place. */
export type MemoryFile =
  | { readonly text: string }
  /** `short`: cut off in mid-copy, so that it has not a segment's size. */
  | { readonly timeline: number; readonly upTo: Lsn; readonly short?: boolean };

export interface WalOfTimeline {
  readonly from: Lsn;
  end: Lsn;
}

export interface MemoryNode {
  readonly name: NodeName;
  readonly site: NodeSite;
  hostKey: string;
  systemId: string;
  /** server_version_num. */
  version: number;
  /** False: no packet comes back. */
  reachable: boolean;
  /** The postmaster. */
  server: { pid: number; started: number; frozen: boolean; accepting: boolean } | null;
  /** Processes of the data directory beside the postmaster. A killed postmaster's backends go on without it. */
  sessions: number;
  role: 'primary' | 'standby';
  /** How it ended last: a clean stop leaves no crash recovery for the next start. */
  clean: boolean;
  timeline: number;
  /** pg_control's, which a promotion does not change before the next checkpoint. */
  controlTimeline: number;
  /** What lies in its pg_wal. */
  readonly wal: Map<number, WalOfTimeline>;
  received: Lsn | null;
  replayed: Lsn | null;
  replayedSinceStart: boolean;
  paused: boolean;
  lastTransaction: Instant | null;
  /** What the site’s own files say of its settings. */
  readonly configured: ReadonlyMap<string, string>;
  /** In force, and as the next reload makes them. */
  readonly settings: Map<string, string>;
  readonly written: Map<string, string>;
  /** Bytes of WAL that its sessions write per millisecond while they can. */
  load: number;
  readonly files: Map<string, MemoryFile>;
  readonly log: ServerLog;
  lock: (Omit<LockClaim, 'replaces'> & { beat: number }) | null;
  /** Receipts, by `run/op`. */
  readonly receipts: Map<string, { readonly pid: number; ended: Extract<Ran, { is: 'ended' }> | null }>;
  readonly transactions: Map<string, 'in progress' | 'committed' | 'aborted'>;
}

export interface NodeOptions {
  readonly site: NodeSite;
  readonly number: number;
  readonly role: 'primary' | 'standby';
  readonly version: number;
  readonly at: Lsn;
  readonly begin: Lsn;
  readonly started: number;
  readonly settings: Readonly<Record<string, string>>;
}

export function memoryNode({ site, number, role, ...given }: NodeOptions): MemoryNode {
  const { data } = site.postgres;
  const files = new Map<string, MemoryFile>([
    [`${data}/PG_VERSION`, { text: String(Math.floor(given.version / 10000)) }],
  ]);
  if (role === 'standby') files.set(`${data}/standby.signal`, { text: '' });
  files.set(`${walDirectory(site)}/archive_status/ready`, { text: '' });
  return {
    name: site.name,
    site,
    hostKey: `SHA256:${site.name}`,
    systemId: '7398712345678901234',
    version: given.version,
    reachable: true,
    server: { pid: 4000 + number * 100, started: given.started, frozen: false, accepting: true },
    sessions: 6,
    role,
    clean: false,
    timeline: 1,
    controlTimeline: 1,
    wal: new Map([[1, { from: given.begin, end: given.at }]]),
    received: role === 'standby' ? given.at : null,
    replayed: role === 'standby' ? given.at : null,
    replayedSinceStart: role === 'standby',
    paused: false,
    lastTransaction: null,
    configured: new Map(Object.entries(given.settings)),
    settings: new Map(Object.entries(given.settings)),
    written: new Map(Object.entries(given.settings)),
    load: 0,
    files,
    log: new ServerLog(site.postgres.log ?? `/var/log/${site.name}.log`, 9000 + number),
    lock: null,
    receipts: new Map(),
    transactions: new Map(),
  };
}

/** Nothing of the data directory runs. */
export const isDown = (node: MemoryNode): boolean => node.server === null && node.sessions === 0;

/** Somebody gets commits through on it, whether it answers or not: a primary that is frozen or headless goes on writing. */
export const writes = (node: MemoryNode): boolean => node.role === 'primary' && !isDown(node);

export const endOfWal = (node: MemoryNode): Lsn => node.wal.get(node.timeline)?.end ?? (0n as Lsn);
