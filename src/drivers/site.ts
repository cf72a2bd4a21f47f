// Everything that the engine may touch, for one cluster: connections are made when first needed, and none is left at the end.

import { randomBytes } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import type { Host, JobId, NodeName, Site } from '../ports.ts';
import type { Cluster, NodeSite } from '../runbook/inventory-types.ts';
import { Redactor } from '../secret.ts';
import { seconds } from '../time.ts';
import { carry } from './carry.ts';
import { systemClock } from './clock.ts';
import { exec } from './exec.ts';
import { fetchFiles } from './fetch.ts';
import { runHere } from './here.ts';
import { makeHost } from './host.ts';
import { localShell } from './local.ts';
import { ping } from './ping.ts';
import type { Shell } from './shell.ts';
import { sshShell } from './ssh.ts';

export interface SiteOptions {
  /** Learns every secret that is fetched; share it with whoever else shows captured text. */
  readonly redactor?: Redactor;
  /** The file on this machine that gets the whole output of a job. */
  readonly outputFile?: (id: JobId, stream: 'out' | 'err') => string;
}

export interface ReachedSite extends Site {
  /** Begins to connect to every node, for somebody who will ask them all in a moment: the handshakes take their time meanwhile. */
  approach(): void;
}

export function makeSite(cluster: Cluster, options: SiteOptions = {}): ReachedSite {
  const redactor = options.redactor ?? new Redactor();
  const here = localShell();
  const reached = new Map<NodeName, { readonly node: NodeSite; readonly shell: Shell; readonly host: Host }>();
  const reach = (on: NodeName) => {
    const known = reached.get(on);
    if (known) return known;
    const node = siteOf(cluster, on);
    const shell = node.ssh.local === true ? localShell() : sshShell(node.ssh);
    const outputFile = options.outputFile;
    const made = { node, shell, host: makeHost(node, shell, { redactor, ...(outputFile && { outputFile }) }) };
    reached.set(on, made);
    return made;
  };
  return {
    approach() {
      for (const { name, ssh } of cluster.nodes)
        if (ssh.local !== true) void exec(reach(name).shell, nothing, greeting);
    },
    host: on => reach(on).host,
    ping(on, within) {
      const { host, port, user, database } = siteOf(cluster, on).postgres;
      return ping({ host, port, user, database }, within);
    },
    carry: (what, within, tell, stop) => carry(on => reach(on), what, { within, tell, stop }),
    fetch: (what, within) => fetchFiles(on => reach(on), what, within),
    run: (job, tell) => runHere(here, redactor, job, tell),
    clock: systemClock,
    random: () =>
      BigInt(`0x${randomBytes(8).toString('hex')}`)
        .toString(36)
        .padStart(13, '0'),
    owner: `${userInfo().username}@${hostname()}`,
    pid: process.pid,
    async close() {
      await Promise.all([here, ...[...reached.values()].map(({ shell }) => shell)].map(shell => shell.close()));
    },
  };
}

/** So that a shell stands there, too. What becomes of it is for the first question to find out. */
const nothing = { script: ':', args: [], tidy: true };
const greeting = { within: seconds(10) };

function siteOf(cluster: Cluster, on: NodeName): NodeSite {
  const node = cluster.nodes.find(({ name }) => name === on);
  if (!node) throw new Error(`no node is named "${on}"`);
  return node;
}
