// A throw-away cluster on this machine: real PostgreSQL and real sshd, one loopback address for each node.

import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../faults.ts';
import type { NodeName } from '../ports.ts';
import { seconds, type Duration } from '../time.ts';
import { describeLab, furnishLab, type LabOptions } from './create.ts';
import { destroyLab, endProcesses } from './destroy.ts';
import { labUser, type LabUser } from './installation.ts';
import { applicationUser, labFiles, nodesOf, upstreamOf, type LabDescription, type LabNode } from './layout.ts';
import { forgetLab, orphanedLabs, registerLab, thisProcess } from './registry.ts';
import { postmaster, psql, startServer, type Programs } from './server.ts';
import { sshdRuns, startSshd } from './sshd.ts';

export type { LabOptions } from './create.ts';
export type { LabNode } from './layout.ts';

export class Lab {
  readonly description: LabDescription;
  readonly nodes: readonly LabNode[];
  /** The `lifeboat.yaml` to use it with; its cluster is `main`. */
  readonly inventoryFile: string;
  readonly #user: LabUser;

  constructor(description: LabDescription, user: LabUser) {
    this.description = description;
    this.nodes = nodesOf(description);
    this.inventoryFile = labFiles(description.directory).inventory;
    this.#user = user;
  }

  get name(): string {
    return this.description.name;
  }

  get directory(): string {
    return this.description.directory;
  }

  get user(): LabUser {
    return this.#user;
  }

  get programs(): Programs {
    return { bin: this.description.bin, as: this.#user.as };
  }

  node(name: string): LabNode {
    const found = this.nodes.find(node => node.name === name);
    if (found) return found;
    throw new Fault('usage', `the lab has no node "${name}"`, {
      hint: `its nodes: ${this.nodes.map(it => it.name).join(', ')}`,
    });
  }

  /** Those that were made to stream from this node. */
  standbysOf(name: NodeName): readonly LabNode[] {
    const [, ...standbys] = this.nodes;
    return standbys.filter(standby => upstreamOf(this.description, standby).name === name);
  }

  /** Starts whatever of it is down, the first node first; returns once each server takes connections. */
  async start(): Promise<void> {
    const [primary, ...standbys] = this.nodes;
    if (primary === undefined) return;
    const daemons = Promise.all(this.nodes.filter(node => !sshdRuns(node)).map(node => startSshd(node, this.#user)));
    await Promise.all([daemons, this.#startServer(primary)]);
    await Promise.all(standbys.map(node => this.#startServer(node)));
  }

  async #startServer(node: LabNode): Promise<void> {
    if (!postmaster(node)) await startServer(node, this.programs);
  }

  /** Returns once so many standbys stream from the node, and under synchronous replication can answer its commits. */
  async streaming(from: NodeName, standbys: number, within: Duration = seconds(60)): Promise<void> {
    if (standbys === 0) return;
    // A cascading standby confirms to the primary nothing, so it never is a synchronous one.
    const first = this.description.synchronous && from === this.nodes[0]?.name;
    const wanted = first ? "and sync_state in ('sync', 'quorum')" : '';
    const query = `select count(*) from pg_stat_replication where state = 'streaming' ${wanted}`;
    const deadline = performance.now() + within;
    for (;;) {
      const seen = Number(await this.psql(from, query));
      if (seen >= standbys) return;
      if (performance.now() > deadline) {
        throw new Fault('failed', `${String(seen)} of ${String(standbys)} standbys stream after ${String(within)} ms`, {
          on: from,
        });
      }
      await sleep(25);
    }
  }

  /** What psql prints, unaligned, without headings: for set-up and tests. Rejects with what psql complained of. */
  async psql(node: string, sql: string, within?: Duration): Promise<string> {
    return await psql(this.node(node), this.programs, sql, within);
  }

  /** The password of a role of the lab, by default of the application's. */
  password(role: string = applicationUser): string {
    const lines = readFileSync(labFiles(this.directory).passfile, 'utf8').split('\n');
    return lines.find(line => line.startsWith(`*:*:*:${role}:`))?.split(':')[4] ?? '';
  }

  /** It stays when this process ends, until `lifeboat lab down`. */
  handOver(): void {
    const { name, directory, inventoryFile } = this;
    registerLab({ name, directory, inventoryFile, created: this.description.created, keeper: null });
  }

  /** Ends everything that runs and leaves the files, for whoever wants to know why a drill failed; no longer among the labs of this machine. */
  async halt(): Promise<void> {
    await endProcesses(this.directory);
    forgetLab(this.directory);
  }

  /** Ends and removes everything of it; throws where something is left. */
  async destroy(): Promise<void> {
    await destroyLab(this.directory, this.description.sockets);
  }
}

/** A running lab, its standbys streaming. Where it fails half-way nothing of it is left. */
export async function createLab(options: LabOptions = {}): Promise<Lab> {
  const tell = options.tell ?? (() => undefined);
  await clearOrphans(tell);
  const { lab: description, user } = await describeLab(options);
  const lab = new Lab(description, user);
  try {
    registerLab({
      name: lab.name,
      directory: lab.directory,
      inventoryFile: lab.inventoryFile,
      created: description.created,
      keeper: options.keep === true ? null : thisProcess(),
    });
    tell(`lab ${lab.name}: making ${String(lab.nodes.length)} servers in ${lab.directory}`);
    await furnishLab(description, user, options.seed);
    tell(`lab ${lab.name}: starting them`);
    await lab.start();
    await Promise.all(lab.nodes.map(({ name }) => lab.streaming(name, lab.standbysOf(name).length)));
    return lab;
  } catch (error) {
    await lab.destroy();
    throw error;
  }
}

/** A lab that another process made. */
export function openLab(directory: string): Lab {
  const file = labFiles(directory).description;
  if (!existsSync(file)) {
    throw new Fault('usage', `there is no lab in "${directory}"`, {
      hint: 'lifeboat lab status shows the labs of this machine',
    });
  }
  return new Lab(JSON.parse(readFileSync(file, 'utf8')) as LabDescription, labUser());
}

/** Removes what killed processes left: their labs would hold memory and addresses until the next reboot. */
export async function clearOrphans(tell: (progress: string) => void = () => undefined): Promise<void> {
  for (const { name, directory } of orphanedLabs()) {
    tell(`lab ${name}: its process is gone; removing it`);
    try {
      await openLab(directory).destroy();
    } catch (error) {
      // Another process may be at it too; a new lab needs none of what the old one holds.
      tell(`lab ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
