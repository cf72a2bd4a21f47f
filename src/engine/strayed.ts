// Which node has lost its place: the only one that is neither a primary that takes writes nor a standby that streams.

import { Fault } from '../faults.ts';
import { valueOf } from '../look/facts.ts';
import type { Look } from '../look/look.ts';
import type { NodeName } from '../ports.ts';

/** For a book that brings one node back: there is seldom more than one, and then its operator need not name it. */
export async function findStrayed(look: Look, taken: ReadonlySet<NodeName>): Promise<NodeName> {
  const strayed: NodeName[] = [];
  for (const { name } of look.cluster.nodes) {
    if (taken.has(name)) continue;
    const role = valueOf(await look.fact(name, 'role'));
    const streams = role === 'standby' && valueOf(await look.fact(name, 'streaming')) === true;
    if (role !== 'primary' && !streams) strayed.push(name);
  }
  const [only, ...more] = strayed;
  if (only !== undefined && more.length === 0) return only;
  throw new Fault(
    'refused',
    only === undefined
      ? 'every standby streams: no node has to be brought back'
      : `${strayed.join(' and ')} have lost their place`,
    { hint: `say which it is: --bind node=${only ?? look.cluster.nodes.at(-1)?.name ?? 'NODE'}` },
  );
}
