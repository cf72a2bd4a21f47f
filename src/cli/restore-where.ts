// Where a restore goes to: a node as the inventory has it, or a directory of this machine; and how it is reached.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { localTarget } from '../drivers/restore-local.ts';
import { sshTarget } from '../drivers/restore-ssh.ts';
import { sshShell } from '../drivers/ssh.ts';
import { Fault } from '../faults.ts';
import { parseVersion } from '../postgres/version.ts';
import type { Backup } from '../repo/backup.ts';
import type { Places, RestoreTarget } from '../repo/restore-target.ts';
import type { Works } from '../repo/works.ts';
import type { Cluster, NodeSite } from '../runbook/inventory-types.ts';
import { nodeOf, pairs } from './options.ts';
import type { Terminal } from './terminal.ts';

export interface WhereOptions {
  readonly on?: string;
  readonly into?: string;
  readonly walInto?: string;
  readonly tablespace?: readonly string[];
  readonly bin?: string;
}

export interface RestorePlace {
  readonly target: RestoreTarget;
  readonly places: Places;
  readonly tablespaces: readonly { readonly oid: string; readonly from: string; readonly to: string }[];
  /** Undefined for a directory of this machine. */
  readonly node: NodeSite | undefined;
}

/** Throws a Fault `usage` where the words do not say where, or name a tablespace that there is not. */
export function restorePlace(
  terminal: Terminal,
  cluster: Cluster,
  backup: Backup,
  options: WhereOptions,
  works: Works,
): RestorePlace {
  const { on, into } = options;
  if ((on === undefined) === (into === undefined)) {
    throw new Fault(
      'usage',
      on === undefined ? 'restore needs to be told where to' : '--on and --into exclude one another',
      {
        hint: `--on ${cluster.nodes.map(({ name }) => name).join(' | ')}, or --into DIRECTORY of this machine`,
      },
    );
  }
  const node = on === undefined ? undefined : siteOf(cluster, on);
  const path = (word: string): string => resolve(terminal.cwd, word);
  const tablespaces = mapped(backup, options.tablespace, node);
  const places: Places = {
    data: node?.postgres.data ?? path(into ?? ''),
    wal: options.walInto === undefined ? (node?.postgres.wal ?? null) : path(options.walInto),
    tablespaces: tablespaces.map(({ oid, to }) => ({ oid, location: to })),
    bin: options.bin ?? node?.postgres.bin ?? programsOf(backup.version),
  };
  const remote = node !== undefined && node.ssh.local !== true;
  const target = remote ? sshTarget(sshShell(node.ssh), node.name, places) : localTarget(places, works);
  return { target, places, tablespaces, node };
}

function siteOf(cluster: Cluster, on: string): NodeSite {
  const name = nodeOf(cluster, on, '--on');
  const site = cluster.nodes.find(node => node.name === name);
  if (site === undefined) throw new Error(`no node is named "${on}"`);
  return site;
}

/** By `--tablespace OLD=NEW`, where OLD is its directory or its name; else as the node's inventory has it; else where it was. */
function mapped(backup: Backup, words: readonly string[] | undefined, node: NodeSite | undefined) {
  const map = pairs(words, '--tablespace');
  const used = new Set<string>();
  // One in place is a directory within pg_tblspc, and a part of the data directory.
  const linked = backup.tablespaces.filter(({ location }) => location.startsWith('/'));
  const found = linked.map(({ oid, name, location }) => {
    const key = [location, name, oid].find(one => one !== null && map[one] !== undefined);
    if (key !== undefined && key !== null) used.add(key);
    const to =
      (key !== undefined && key !== null ? map[key] : undefined) ?? node?.postgres.tablespaces[name ?? ''] ?? location;
    return { oid, from: location, to };
  });
  const strange = Object.keys(map).find(key => !used.has(key));
  if (strange === undefined) return found;
  throw new Fault('usage', `backup ${backup.id} has no tablespace "${strange}"`, {
    hint:
      linked.length === 0
        ? 'it has none outside of the data directory'
        : `it has: ${linked.map(({ name, location }) => `${name === null ? '' : `${name} at `}${location}`).join(', ')}`,
  });
}

/** Where distributions put the programs of this major on this machine. */
export function programsOf(version: string): string | null {
  const major = String(parseVersion(version)?.major ?? '');
  const usual = [`/usr/lib/postgresql/${major}/bin`, `/usr/pgsql-${major}/bin`];
  return usual.find(place => existsSync(`${place}/postgres`)) ?? null;
}
