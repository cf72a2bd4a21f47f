// lifeboat check: whether backups and WAL go on being kept, point by point, for people and for monitoring.

import { exits, Fault } from '../faults.ts';
import { checkJson, type Checked, type CheckPoint, checkText } from '../report/check-text.ts';
import type { ClusterRepository } from '../repo/repository.ts';
import { bad, repositoryPoints } from './check-repository.ts';
import { serverPoints } from './check-server.ts';
import { chooseCluster, type InventoryOptions, loadInventory } from './inventory-file.ts';
import { type BackedUp, openForCluster } from './open-repository.ts';
import type { Terminal } from './terminal.ts';

/** Exit 0 where all is OK, 4 where something FAILED. A cluster without a repository is a Fault `invalid`. */
export async function check(
  terminal: Terminal,
  options: InventoryOptions & { readonly json?: boolean },
): Promise<number> {
  const cluster = chooseCluster(await loadInventory(terminal, options), options);
  const { repo, closed } = await opened(terminal, options);
  const own = { ...cluster, backup: cluster.backup } as BackedUp;
  const [ofRepository, ofServer] = await Promise.all([
    repo === undefined ? [closed] : repositoryPoints(own, repo),
    serverPoints(own, repo),
  ]);
  const points = [...ofServer, ...ofRepository].filter(point => point !== undefined);
  const found: Checked = { cluster: cluster.name, repository: repo?.where ?? null, points };
  if (options.json === true) terminal.out(`${JSON.stringify(checkJson(found))}\n`);
  else terminal.out(`${checkText(found, { width: terminal.width, colour: terminal.colour })}\n`);
  return points.every(({ ok }) => ok) ? exits.ok : exits.refused;
}

/** One that cannot be opened is a point of its own, and the others are looked at all the same. */
async function opened(
  terminal: Terminal,
  options: InventoryOptions,
): Promise<{ readonly repo?: ClusterRepository; readonly closed?: CheckPoint }> {
  try {
    return { repo: (await openForCluster(terminal, options)).repo };
  } catch (error) {
    if (!(error instanceof Fault) || error.code === 'invalid' || error.code === 'usage') throw error;
    return { closed: bad('directories', error.message, error.hint ?? 'lifeboat repo info') };
  }
}
