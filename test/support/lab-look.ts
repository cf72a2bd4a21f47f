// A look at a lab as a run has it: over SSH, with the lab's own inventory.

import { readFileSync } from 'node:fs';
import { makeSite } from '../../src/drivers/site.ts';
import { liveLook } from '../../src/engine/live-look.ts';
import type { Lab } from '../../src/lab/lab.ts';
import type { Look } from '../../src/look/look.ts';
import { readInventory } from '../../src/runbook/inventory.ts';
import type { Cluster } from '../../src/runbook/inventory-types.ts';
import { instant } from '../../src/time.ts';

export function clusterOfLab(lab: Lab): Cluster {
  const read = readInventory(readFileSync(lab.inventoryFile, 'utf8'), lab.inventoryFile);
  const cluster = read.ok ? read.value.clusters['main'] : undefined;
  if (!cluster) throw new Error(`no inventory: ${lab.inventoryFile}`);
  return cluster;
}

/** `look` is of the moment at which it is called. */
export function lookInto(lab: Lab): { look(): Look; close(): Promise<void> } {
  const cluster = clusterOfLab(lab);
  const site = makeSite(cluster);
  return {
    look: () => liveLook(site, cluster, { started: instant(new Date()), told: new Map() }),
    close: () => site.close(),
  };
}
