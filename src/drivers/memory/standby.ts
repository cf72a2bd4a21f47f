// What Lifeboat's own scripts do to a simulated node: settings, a standby's signal, a rewind, a base backup.

import { type Lsn, lsn } from '../../postgres/lsn.ts';
import { parseSettings } from '../../postgres/settings.ts';
import { walDirectory } from '../../look/installation.ts';
import { endOfWal, isDown, type MemoryNode } from './node.ts';
import { complains, type Program, said } from './program.ts';

/** Who answers at an address of the inventory. */
export type Find = (host: string) => MemoryNode | undefined;

const autoConf = (directory: string): string => `${directory}/postgresql.auto.conf`;

export const textOf = (node: MemoryNode, path: string): string => {
  const file = node.files.get(path);
  return file && 'text' in file ? file.text : '';
};

/** The line of a fence in its postgresql.auto.conf: no server starts with it. */
export const fenceOf = (node: MemoryNode): string | undefined =>
  textOf(node, autoConf(node.site.postgres.data))
    .split('\n')
    .find(line => line.startsWith('lifeboat_fence'));

/** What postgresql.auto.conf says, as Lifeboat wrote it. */
export const written = (node: MemoryNode): ReadonlyMap<string, string> =>
  parseSettings(textOf(node, autoConf(node.site.postgres.data))) ?? new Map<string, string>();

function settings(node: MemoryNode, directory: string, names: string, lines: string): void {
  const gone = new RegExp(`^\\s*(${names})[\\s=]`, 'i');
  const kept = textOf(node, autoConf(directory))
    .split('\n')
    .filter(line => line !== '' && !gone.test(line));
  node.files.set(autoConf(directory), { text: [...kept, ...(lines === '' ? [] : [lines])].join('\n') });
}

/** A script by its name and arguments; undefined where it is none of ours. */
export function ownScript(node: MemoryNode, name: string, args: readonly string[], find: Find): Program | undefined {
  const [directory = '', second = '', third = '', ...more] = args;
  switch (name) {
    case 'fence':
    case 'lift-fence':
      settings(node, directory, second, third);
      return said('');
    case 'standby':
      node.files.set(`${directory}/standby.signal`, { text: '' });
      settings(node, directory, second, third);
      return said('');
    case 'keep-conf':
      if (node.files.has(`${directory}/PG_VERSION`))
        node.files.set(autoConf(`${directory}.conf`), { text: textOf(node, autoConf(directory)) });
      return said('');
    case 'own-conf':
      node.files.set(autoConf(directory), { text: textOf(node, autoConf(`${directory}.conf`)) });
      settings(node, directory, second, third);
      return said('');
    case 'settled-conf':
      settings(node, directory, second, '');
      node.files.delete(autoConf(`${directory}.conf`));
      return said('');
    case 'keep-wal':
      node.files.set(`${second}/${third}`, { text: '' });
      return said('');
    case 'archive-aside':
      return said('');
    case 'rewind':
      return rewind(node, { directory, names: third, lines: more[0] ?? '', source: find(hostIn(more[1] ?? '')) });
    case 'local-backup':
      node.files.set(`${directory}/backup_manifest`, { text: '' });
      return said('');
    case 'base-backup':
      return baseBackup(node, {
        directory,
        names: more[0] ?? '',
        lines: more[1] ?? '',
        source: find(hostIn(args.join(' '))),
      });
    default:
      return undefined;
  }
}

interface Copy {
  readonly directory: string;
  readonly names: string;
  readonly lines: string;
  readonly source: MemoryNode | undefined;
}

function rewind(node: MemoryNode, copy: Copy): Program {
  if (!node.files.has(`${copy.directory}/PG_VERSION`)) return complains(`cannot stat '${copy.directory}'`);
  if (!copy.source || isDown(copy.source)) return complains('pg_rewind: error: connection to server failed');
  become(node, copy.source, copy);
  return said('pg_rewind: Done!');
}

function baseBackup(node: MemoryNode, copy: Copy): Program {
  if (node.files.has(`${copy.directory}/PG_VERSION`)) return complains(`${copy.directory} holds data already`);
  if (!copy.source || isDown(copy.source)) return complains('pg_basebackup: error: connection to server failed');
  node.files.set(`${copy.directory}/PG_VERSION`, { text: '15' });
  node.files.set(`${walDirectory(node.site)}/archive_status/ready`, { text: '' });
  become(node, copy.source, copy);
  return said('');
}

/** From now on it is the source's own data, to be replayed from there on. */
function become(node: MemoryNode, source: MemoryNode, { directory, names, lines }: Copy): void {
  const at: Lsn = lsn(endOfWal(source));
  node.wal.clear();
  for (const [line, { from, end }] of source.wal) node.wal.set(line, { from, end });
  node.systemId = source.systemId;
  node.timeline = node.controlTimeline = source.timeline;
  node.role = 'standby';
  node.clean = false;
  node.received = null;
  node.replayed = at;
  node.files.set(`${directory}/standby.signal`, { text: '' });
  settings(node, directory, names, lines);
}

const hostIn = (text: string): string => /\bhost=(\S+)/.exec(text)?.[1] ?? '';

/** Whom it follows: the server that `primary_conninfo` in force names. */
export function upstreamOf(node: MemoryNode, find: Find): MemoryNode | undefined {
  const host = hostIn(node.settings.get('primary_conninfo') ?? '');
  return host === '' ? undefined : find(host);
}
