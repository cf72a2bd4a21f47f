// Where a backup beside a server goes: below a directory of its day, and never over one that lies there.

import { valueOf } from '../../look/facts.ts';
import type { Look } from '../../look/look.ts';
import type { NodeName } from '../../ports.ts';

/** `/disk3/backup/20261121/data`: the first directory that is free that day; one whose `unfinished` lies beside it is taken again. */
export async function freePlace(
  look: Look,
  on: NodeName,
  root: string,
  { name, unfinished }: { readonly name: string; readonly unfinished: string },
): Promise<string> {
  const day = `${root}/${look.started.slice(0, 10).replaceAll('-', '')}`;
  for (const place of [day, ...[2, 3, 4, 5, 6, 7, 8, 9].map(n => `${day}-${String(n)}`)]) {
    const into = `${place}/${name}`;
    const [there, begun] = [await look.path(on, into), await look.path(on, `${into}${unfinished}`)];
    if (valueOf(there) !== 'full' || valueOf(begun) === 'full') return into;
  }
  return `${day}-${look.started.slice(11, 19).replaceAll(':', '')}/${name}`;
}
