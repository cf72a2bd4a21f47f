// One table out of a sandbox on a simulated node: copied there, loaded into the server's database, dropped again.

import { controlPath } from '../../repo/restore-target.ts';
import type { MemoryNode } from './node.ts';
import { complains, type Program, said } from './program.ts';

/** All there is to know of the only table that is ever copied. */
const copyFile = ({ site }: MemoryNode): string => `${site.postgres.data}/base/copy`;

export const hasCopy = (node: MemoryNode): boolean => node.files.has(copyFile(node));

/** A script, or psql, by its name; undefined where it is none of these. */
export function rescueScript(node: MemoryNode, name: string, args: readonly string[]): Program | undefined {
  switch (name) {
    case 'copy-table':
      return copyTable(node, args[1] ?? '', args[6] ?? '');
    case 'stop-sandbox':
      return said('');
    case 'load-table':
      return loadTable(node, args[1] ?? '');
    case 'psql':
      node.files.delete(copyFile(node));
      return said('');
    default:
      return undefined;
  }
}

/** Whether the rows are those that were copied. */
export function rescueReading(node: MemoryNode, name: string): Program | undefined {
  if (name !== 'psql') return undefined;
  return hasCopy(node) ? said('t|42 rows, fingerprint 4711|copied') : complains('ERROR:  relation does not exist');
}

function copyTable(node: MemoryNode, data: string, into: string): Program {
  if (!node.files.has(`${data}/${controlPath}`)) return complains('pg_ctl: no such data directory');
  for (const name of ['table.dump', 'size', 'definition.sql']) node.files.set(`${into}/${name}`, { text: name });
  return said('recovery stopping before commit of transaction 742');
}

function loadTable(node: MemoryNode, from: string): Program {
  if (!node.files.has(`${from}/table.dump`)) return complains('pg_restore: could not open input file');
  if (hasCopy(node)) return complains('ERROR:  relation already exists');
  node.files.set(copyFile(node), { text: '' });
  return said('');
}
