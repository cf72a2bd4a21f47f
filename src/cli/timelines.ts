// lifeboat timelines: one tree over every node and every archive.

import { makeSite } from '../drivers/site.ts';
import { walPlaces } from '../engine/wal-places.ts';
import { exits } from '../faults.ts';
import { timelineTree } from '../monitor/timelines.ts';
import { timelinesJson } from '../report/timelines-data.ts';
import { timelinesText } from '../report/timelines-text.ts';
import { instant } from '../time.ts';
import { chooseCluster, type InventoryOptions, loadInventory } from './inventory-file.ts';
import type { Terminal } from './terminal.ts';

export async function timelines(
  terminal: Terminal,
  options: InventoryOptions & { readonly json?: boolean },
): Promise<number> {
  const cluster = chooseCluster(await loadInventory(terminal, options), options);
  const site = makeSite(cluster);
  try {
    const at = instant(new Date());
    const found = { cluster: cluster.name, at, tree: timelineTree(await walPlaces(site, cluster)) };
    if (options.json === true) terminal.out(`${JSON.stringify(timelinesJson(found))}\n`);
    else terminal.out(`${timelinesText(found, { width: terminal.width, colour: terminal.colour })}\n`);
    return exits.ok;
  } finally {
    await site.close();
  }
}
