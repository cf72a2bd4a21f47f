// A simulated cluster: machines, their servers, the time they share, and a record of what was done to them.

import type { NodeName, Sender, Silent, Where } from '../../ports.ts';
import { type Lsn, lsn } from '../../postgres/lsn.ts';
import { walDirectory } from '../../look/installation.ts';
import type { Readiness } from '../../postgres/isready.ts';
import type { Cluster } from '../../runbook/inventory-types.ts';
import { type Instant, ms } from '../../time.ts';
import { memoryCluster } from './cluster.ts';
import type { MemoryKept } from './kept.ts';
import { endOfWal, isDown, type MemoryNode, memoryNode, writes } from './node.ts';
import type { OwnPrograms } from './programs.ts';
import { type Around, promote } from './server.ts';
import type { OwnAnswers } from './statements.ts';
import { readiness, type Surroundings } from './survey.ts';
import { withSyncState } from './synchronous.ts';
import { MemoryTime } from './time.ts';
import { replicate, streams } from './wal.ts';

export interface WorldOptions {
  /** The first is the primary. */
  readonly nodes: readonly string[];
  /** server_version_num. */
  readonly version?: number;
  /** Of every node. */
  readonly settings?: Readonly<Record<string, string>>;
  /** WAL that the primary has and no standby received: it shows once the primary is lost. */
  readonly unsent?: number;
  /** Bytes of WAL a millisecond. */
  readonly load?: number;
  readonly programs?: OwnPrograms;
  readonly answers?: OwnAnswers;
  /** A repository, and what is kept in it. */
  readonly kept?: MemoryKept;
}

/** Something that changed a node. `run` and `op` where it was a command with a receipt, without the number of its beginning. */
export interface Executed {
  readonly on: NodeName;
  readonly run: string | null;
  readonly op: string | null;
  readonly what: string;
}

/** How a primary is lost, or how it is not. `crashed`: nothing of it runs. `killed`: its backends go on without a postmaster. `data-lost`: and its data directory is gone; `disks-lost`: and its WAL. */
export type MemoryFault = 'crashed' | 'killed' | 'frozen' | 'host-gone' | 'data-lost' | 'disks-lost';

const backedUp: NonNullable<Cluster['backup']> = {
  repository: 'local',
  from: 'standby',
  slot: 'lifeboat',
  schedule: undefined,
  retention: { window: undefined, redundancy: 2 },
};

const begin = '2026-11-21T03:12:00.000Z' as Instant;

export class World implements Around {
  readonly cluster: Cluster;
  readonly nodes: readonly MemoryNode[];
  readonly time: MemoryTime;
  readonly programs: OwnPrograms;
  readonly answers: OwnAnswers;
  readonly kept: MemoryKept | undefined;
  /** Everything done to the nodes, in order. */
  readonly history: Executed[] = [];
  readonly promotions: NodeName[] = [];
  /** Whether two servers took writes at the same moment. */
  split = false;
  readonly #unsent: number;
  readonly #machineAt: Map<NodeName, MemoryNode>;
  readonly #deaf = new Set<string>();
  #pid = 6000;
  #xid = 740;
  #random = 0;

  constructor(options: WorldOptions) {
    this.cluster = { ...memoryCluster(options.nodes), ...(options.kept && { backup: backedUp }) };
    this.time = new MemoryTime(begin, by => this.#pass(by));
    this.programs = options.programs ?? (() => undefined);
    this.answers = options.answers ?? (() => undefined);
    this.kept = options.kept;
    this.#unsent = options.unsent ?? 0;
    const first = this.cluster.nodes[0];
    this.nodes = this.cluster.nodes.map((site, at) =>
      memoryNode({
        site,
        number: at + 1,
        role: at === 0 ? 'primary' : 'standby',
        version: options.version ?? 150_018,
        begin: lsn(0x3000000n),
        at: lsn(0x5000148n),
        started: this.epoch() - 86_400 + at,
        settings: {
          ...(at > 0 && { primary_conninfo: `host=${first?.postgres.host ?? ''} port=5432 user=repuser` }),
          cluster_name: site.name,
          ...options.settings,
        },
      }),
    );
    const [primary] = this.nodes;
    if (primary) primary.load = options.load ?? 0;
    this.#machineAt = new Map(this.nodes.map(node => [node.name, node]));
  }

  node(name: string): MemoryNode {
    const node = this.nodes.find(one => one.name === name);
    if (!node) throw new Error(`no node is named "${name}"`);
    return node;
  }

  // ---- what befalls it ----

  lose(name: string, fault: MemoryFault): void {
    const node = this.node(name);
    const wal = node.wal.get(node.timeline);
    if (wal) wal.end = lsn(wal.end + BigInt(this.#unsent));
    if (fault === 'frozen') {
      if (node.server) node.server.frozen = true;
      return;
    }
    node.server = null;
    node.clean = false;
    node.sessions = fault === 'killed' ? 3 : 0;
    if (fault === 'host-gone') node.reachable = false;
    const { data } = node.site.postgres;
    const gone = fault === 'disks-lost' ? [data, walDirectory(node.site)] : fault === 'data-lost' ? [data] : [];
    for (const path of node.files.keys()) if (gone.some(one => path.startsWith(`${one}/`))) node.files.delete(path);
  }

  /** Somebody promotes a standby. */
  promote(name: string): void {
    this.effect(() => promote(this.node(name), this));
  }

  /** Each answers at the other's address from now on. */
  exchange(one: string, other: string): void {
    const [a, b] = [this.at(one as NodeName), this.at(other as NodeName)];
    this.#machineAt.set(one as NodeName, b).set(other as NodeName, a);
  }

  /** A cut cable: `from` no longer hears `of`. */
  deafen(from: Where, of: string): void {
    this.#deaf.add(`${from} ${of}`);
  }

  // ---- how its parts see each other ----

  at(name: NodeName): MemoryNode {
    return this.#machineAt.get(name) ?? this.node(name);
  }

  hears(from: Where, of: NodeName): boolean {
    return !this.#deaf.has(`${from} ${of}`);
  }

  reached(name: NodeName): MemoryNode | Silent {
    const node = this.at(name);
    return node.reachable && this.hears('here', name) ? node : { silent: 'no route to host', unreachable: true };
  }

  readinessOf(from: Where, address: string): Readiness {
    const site = this.cluster.nodes.find(({ postgres }) => postgres.host === address);
    return site && this.hears(from, site.name) ? readiness(this.at(site.name)) : 'no-response';
  }

  around(node: MemoryNode): Surroundings {
    const senders = this.fed(node).map((one): Sender => ({
      application: one.name,
      state: 'streaming',
      sync: 'async',
      address: one.site.postgres.host,
      sent: endOfWal(node),
      replayed: one.replayed,
      lag: ms(0),
    }));
    const streaming = streams(node, this.find) !== undefined;
    return { now: this.time.now(), ticks: this.time.ticks(), streaming, senders: withSyncState(node, senders) };
  }

  // ---- what is done to it ----

  effect<T>(happens: () => T): T {
    const result = happens();
    this.split ||= this.nodes.filter(writes).length > 1;
    return result;
  }

  executed(what: Executed): void {
    this.history.push(what);
  }

  promoted(node: MemoryNode): void {
    this.promotions.push(node.name);
    void this.time.sleep(1000).then(() => {
      if (!isDown(node)) node.controlTimeline = node.timeline;
    });
  }

  fed = (node: MemoryNode): readonly MemoryNode[] => this.nodes.filter(one => streams(one, this.find) === node);
  /** Who answers at an address of the inventory. */
  find = (host: string): MemoryNode | undefined => {
    const site = this.cluster.nodes.find(({ postgres }) => postgres.host === host);
    return site && this.at(site.name);
  };
  now = (): Instant => this.time.now();
  epoch = (): number => Math.floor(Date.parse(this.time.now()) / 1000);
  nextPid = (): number => (this.#pid += 1);
  nextXid = (): string => String((this.#xid += 1));
  random = (): string => `r${String((this.#random += 1))}`;

  recoveredTo(target: string): Lsn {
    const { kept } = this;
    if (!kept) return lsn(0n);
    if (target === 'immediate') return kept.stop;
    return (target === 'latest' ? kept.ends.get(1) : kept.transactions.get(Number(target))) ?? lsn(0n);
  }

  /** Goes on by itself, whoever asked for it. */
  later(milliseconds: number, happens: () => void): void {
    void this.time.sleep(milliseconds).then(() => this.effect(happens));
  }

  #pass(by: number): void {
    for (const node of this.nodes) {
      const wal = node.wal.get(node.timeline);
      if (wal && writes(node)) wal.end = lsn(wal.end + BigInt(Math.round(by * node.load)));
    }
    for (const node of this.nodes) replicate(node, streams(node, this.find), by, this.time.now());
  }
}

export const memoryWorld = (options: WorldOptions): World => new World(options);
