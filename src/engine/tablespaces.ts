// The tablespaces of a cluster: the same on every server of it, so that any of them can say.

import type { Known } from '../look/facts.ts';
import type { Look, Tablespace } from '../look/look.ts';
import type { NodeName } from '../ports.ts';

/** Those in place have a directory within pg_tblspc, and are a part of the data directory (manual, allow_in_place_tablespaces). */
const outside =
  "select spcname, pg_tablespace_location(oid) from pg_tablespace where pg_tablespace_location(oid) like '/%' order by 1";

/** As the first of them says that answers; silent as the first one is where none does. */
export async function tablespacesSeen(
  rows: Look['rows'],
  nodes: readonly NodeName[],
): Promise<Known<readonly Tablespace[]>> {
  const answers = await Promise.all(nodes.map(node => rows(node, outside)));
  const [first] = answers;
  const said = answers.find(answer => 'value' in answer) ?? first;
  if (said === undefined) throw new Error('a cluster has at least one node');
  if (!('value' in said)) return said;
  return { ...said, value: said.value.map(([name = '', location = '']) => ({ name, location })) };
}
