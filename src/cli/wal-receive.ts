// lifeboat wal receive: keeps the WAL of one cluster or of all, as it is written, until it is told to stop.

import { makeSite } from '../drivers/site.ts';
import { exits, Fault, faultText } from '../faults.ts';
import { parseLsn } from '../postgres/lsn.ts';
import { jsonText } from '../report/plain-data.ts';
import { isReceiveAlarm, receiveText } from '../report/receive-text.ts';
import { takeLease } from '../repo/lease.ts';
import { receive, type ReceiveOptions } from '../repo/receive.ts';
import { receiverLease } from '../repo/receiver-lease.ts';
import type { ReceiveEvent } from '../repo/receive-events.ts';
import { indexSegment } from '../repo/wal-index.ts';
import { seconds } from '../time.ts';
import { type InventoryOptions, loadInventory } from './inventory-file.ts';
import { openForCluster } from './open-repository.ts';
import type { Terminal } from './terminal.ts';
import { walOwner } from './wal-repository.ts';
import { WalSources } from './wal-source.ts';

export interface WalReceiveOptions extends InventoryOptions {
  readonly all?: boolean;
  readonly slot?: string;
  readonly createSlot?: boolean;
  readonly synchronous?: boolean;
  readonly once?: boolean;
  readonly until?: string;
  readonly json?: boolean;
}

export async function walReceive(terminal: Terminal, options: WalReceiveOptions): Promise<number> {
  const until = untilOf(options);
  const clusters = options.all === true ? await allClusters(terminal, options) : [options.cluster];
  const stop = new AbortController();
  const hear = (): void => stop.abort();
  process.on('SIGINT', hear);
  process.on('SIGTERM', hear);
  try {
    const codes = await Promise.all(
      clusters.map(async cluster => {
        try {
          return await one(terminal, { ...options, ...(cluster !== undefined && { cluster }) }, until, stop.signal);
        } catch (error) {
          // One cluster's trouble is no reason to leave the others alone.
          if (!(error instanceof Fault) || clusters.length === 1) throw error;
          terminal.err(`${faultText(error)}\n`);
          return error.exit;
        }
      }),
    );
    return Math.max(...codes);
  } finally {
    process.off('SIGINT', hear);
    process.off('SIGTERM', hear);
  }
}

async function one(
  terminal: Terminal,
  options: WalReceiveOptions,
  until: ReceiveOptions['until'],
  stop: AbortSignal,
): Promise<number> {
  const { cluster, repo } = await openForCluster(terminal, options, { create: true });
  const slot = options.slot ?? cluster.backup.slot;
  const tell = teller(terminal, cluster.name, options.json === true, () => repo.clock.now());
  const lease = await takeLease(repo, receiverLease, walOwner());
  const site = makeSite(cluster);
  const sources = new WalSources(cluster, site, slot);
  try {
    if (options.synchronous === true && !(await sources.isNamed(await sources.primary()))) {
      terminal.err(
        `no commit waits for this receiver yet: put "${slot}" into synchronous_standby_names of the primary\n`,
      );
    }
    const received = await receive(
      repo,
      () => sources.open(),
      {
        slot: { name: slot, temporary: false, create: options.createSlot === true },
        statusEvery: seconds(10),
        until,
        again: options.once !== true,
        finished: async (name, bytes) => {
          await indexSegment(repo, name, bytes);
        },
      },
      tell,
      AbortSignal.any([stop, lease.lost]),
    );
    if (lease.lost.aborted) await lease.confirm();
    return received.gaps > 0 ? exits.failed : exits.ok;
  } finally {
    await Promise.all([sources.close(), site.close(), lease.release()]);
  }
}

async function allClusters(terminal: Terminal, options: WalReceiveOptions): Promise<string[]> {
  const { clusters, file } = await loadInventory(terminal, options);
  const found = Object.values(clusters).flatMap(({ name, backup }) => (backup ? [name] : []));
  if (found.length > 0) return found;
  throw new Fault('invalid', `no cluster in ${file} has a repository`, { hint: 'backup: { repository: NAME }' });
}

function untilOf({ once, until }: WalReceiveOptions): ReceiveOptions['until'] {
  if (until === undefined) return once === true ? 'now' : undefined;
  const lsn = parseLsn(until);
  if (lsn !== undefined) return lsn;
  throw new Fault('usage', `--until takes an LSN, not "${until}"`, { hint: 'for example: --until 0/1A2B3C8' });
}

function teller(terminal: Terminal, cluster: string, json: boolean, now: () => string): (event: ReceiveEvent) => void {
  return event => {
    if (json) terminal.out(`${jsonText({ at: now(), cluster, ...event })}\n`);
    else terminal.out(`${now().slice(0, 19)}Z ${cluster}: ${receiveText(event)}\n`);
    if (json && isReceiveAlarm(event)) terminal.err(`${receiveText(event)}\n`);
  };
}
