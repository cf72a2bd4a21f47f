// Logical backups on a simulated node: what Lifeboat's scripts make, read and load.

import { type Dump, dumpFile } from '../../look/dump.ts';
import { walDirectory } from '../../look/installation.ts';
import { lsn } from '../../postgres/lsn.ts';
import type { MemoryNode } from './node.ts';
import { complains, type Program, said } from './program.ts';

const locale = { encoding: 'UTF8', collate: 'C', ctype: 'C', provider: 'c', locale: null, icuRules: null } as const;

/** That everybody can connect to. */
export const databases = ['app', 'postgres', 'template1'];

/** What it says of a cluster with three databases and one slot of each type. */
export const memoryDump = ({ name, role, systemId, version, site }: MemoryNode): Dump => ({
  format: 1,
  made: '2026-11-20T03:00:00Z',
  cluster: 'main',
  node: name,
  role,
  systemId,
  version,
  bootstrapRole: 'postgres',
  locale,
  checksums: true,
  walSegmentSize: 16 * 1024 * 1024,
  groupAccess: false,
  dataDirectory: site.postgres.data,
  configFile: `${site.postgres.data}/postgresql.conf`,
  databases: databases.map(one => ({ ...locale, name: one, archive: one, bytes: 8 * 1024 * 1024 })),
  leftOut: [],
  tablespaces: [],
  slots: [
    { name: 'changes', type: 'logical' },
    { name: 'node2', type: 'physical' },
  ],
  altered: [],
  notInHere: [],
});

export function keepDump(node: MemoryNode, directory: string, dump: Dump = memoryDump(node)): void {
  node.files.set(`${directory}/${dumpFile}`, { text: JSON.stringify(dump) });
  node.files.set(`${directory}/SHA256SUMS`, { text: '' });
}

/** A script of a backup or a restore by its name; undefined where it is none of these. */
export function logicalScript(node: MemoryNode, name: string, args: readonly string[]): Program | undefined {
  const [first = ''] = args;
  switch (name) {
    case 'dump-globals':
      node.files.set(`${first}.partial/globals.sql`, { text: '' });
      return said('');
    case 'dump-database':
      node.files.set(first, { text: '' });
      return said('');
    case 'dump-finish':
      rename(node, `${first}.partial`, first);
      keepDump(node, first);
      return said('');
    case 'new-cluster':
      return newCluster(node, args[1] ?? '');
    case 'load':
      return load(node, args[1] ?? '', args.at(-1) ?? '');
    case 'unfinished':
      for (let at = 4; at < args.length; at += 2) rename(node, args[at] ?? '', args[at + 1] ?? '');
      return said('');
    default:
      return undefined;
  }
}

/** What reading a backup tells: it is whole, and everything that it needs is there. */
export function logicalReading({ version }: MemoryNode, name: string): Program | undefined {
  if (name === 'read-dump') return said('');
  if (name === 'dump-state') return said(`version postgres (PostgreSQL) ${String(Math.floor(version / 10000))}.0\nend`);
  return undefined;
}

function newCluster(node: MemoryNode, loading: string): Program {
  const { data } = node.site.postgres;
  if (node.files.has(`${data}/PG_VERSION`)) return complains(`${data} holds data already`);
  node.files.set(`${loading}/PG_VERSION`, { text: String(Math.floor(node.version / 10000)) });
  node.files.set(`${walDirectory(node.site)}/archive_status/ready`, { text: '' });
  node.systemId = String(BigInt(node.systemId) + 1n);
  node.wal.clear();
  node.wal.set(1, { from: lsn(0x1000000n), end: lsn(0x1000148n) });
  node.timeline = node.controlTimeline = 1;
  node.role = 'primary';
  node.clean = true;
  return said('the role postgres was there already (SQLSTATE 42710), as initdb makes it: expected');
}

/** @param last the archive that is loaded, or the last option of what gathers statistics */
function load(node: MemoryNode, loading: string, last: string): Program {
  if (!node.files.has(`${loading}/PG_VERSION`)) return complains('pg_ctl: no such data directory');
  node.files.set(`${loading}/base/${last.split('/').at(-1) ?? ''}`, { text: '' });
  return said('');
}

function rename(node: MemoryNode, from: string, to: string): void {
  for (const [path, file] of [...node.files]) {
    if (path !== from && !path.startsWith(`${from}/`)) continue;
    node.files.delete(path);
    node.files.set(to + path.slice(from.length), file);
  }
}
