// A run of before, brought back from its journal: the frozen list of steps, the roles, the inventory as run.

import { actions } from '../actions/index.ts';
import { checks } from '../checks/index.ts';
import { makeSite } from '../drivers/site.ts';
import type { BoundBook } from '../engine/book.ts';
import type { JournalEvent } from '../engine/events.ts';
import { fold, type RunState } from '../engine/state.ts';
import { Fault } from '../faults.ts';
import type { Site } from '../ports.ts';
import type { Keeping } from '../repo/keeping.ts';
import { readInventory } from '../runbook/inventory.ts';
import { checked } from './inventory-file.ts';
import { keepingFor } from './keeping.ts';
import { copyOf, eventsOf, findRun, type RunDirectory } from './run-directory.ts';
import { LastSeen } from './state-directory.ts';
import type { Terminal } from './terminal.ts';

export interface Recorded {
  readonly directory: RunDirectory;
  readonly events: readonly JournalEvent[];
  readonly state: RunState;
  readonly book: BoundBook;
  /** File of the inventory, from wherever this is called. */
  readonly inventory: string;
  readonly site: Site;
  readonly keeping: Keeping | undefined;
  readonly lastSeen: LastSeen;
}

export async function loadRun(terminal: Terminal, wanted: string): Promise<Recorded> {
  const directory = await findRun(terminal, wanted);
  const events = await eventsOf(directory);
  if (events.length === 0) {
    throw new Fault('refused', `run ${directory.run} was cut off before it began; nothing was changed`, {
      hint: 'run it anew',
    });
  }
  const state = fold(events);
  const { plan } = state;
  const inventory = checked(readInventory(await copyOf(directory, 'inventory.yaml'), plan.inventory));
  const cluster = inventory.clusters[plan.cluster];
  if (!cluster)
    throw new Fault('invalid', `the copy of the inventory in ${directory.path} has no cluster "${plan.cluster}"`);
  const book: BoundBook = {
    name: plan.book,
    title: plan.title,
    steps: state.steps,
    roles: plan.roles,
    cluster,
    inventory: plan.inventory,
    actions,
    checks,
    env: name => terminal.env[name],
  };
  return {
    directory,
    events,
    state,
    book,
    // A run of an older version kept no path.
    inventory: await copyOf(directory, 'inventory.path').catch(() => plan.inventory),
    site: makeSite(cluster),
    keeping: keepingFor(terminal, inventory, cluster),
    lastSeen: await LastSeen.open(terminal, plan.inventory, cluster.name),
  };
}
