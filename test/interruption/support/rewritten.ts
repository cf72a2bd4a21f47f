// A journal rewritten between two processes, its chain intact: what an engine that remembers less would go on from.

import { processIn } from '../../../src/drivers/memory.ts';
import { createHash } from 'node:crypto';
import { liveLook } from '../../../src/engine/live-look.ts';
import { encode } from '../../../src/engine/json.ts';
import type { JournalEvent } from '../../../src/engine/events.ts';
import { takeMark } from '../../../src/engine/mark.ts';
import { planBook } from '../../../src/engine/plan.ts';
import { Fault } from '../../../src/faults.ts';
import { bound } from './books.ts';
import type { Stage } from './stage.ts';

type Change = (event: JournalEvent) => JournalEvent | Promise<JournalEvent>;

async function rewrite(stage: Stage, change: Change): Promise<void> {
  const lines: string[] = [];
  let prev = '0'.repeat(64);
  for (const event of await stage.events()) {
    const line = encode({ ...(await change(event)), prev });
    prev = createHash('sha256').update(line).digest('hex');
    lines.push(line);
  }
  stage.ledger.replace(lines);
}

/** Each step is marked anew, as the logs end now. */
export async function marksTakenAnew(stage: Stage): Promise<void> {
  const { site } = processIn(stage.world);
  const mark = await takeMark(
    site,
    stage.world.nodes.map(({ name }) => name),
  );
  await rewrite(stage, event => (event.e === 'step' && event.mark !== null ? { ...event, mark } : event));
}

/** Roles are bound again by looking, and the book is expanded and planned with them. */
export async function rolesBoundAnew(stage: Stage): Promise<void> {
  const { site } = processIn(stage.world);
  const { cluster } = stage.world;
  const look = liveLook(site, cluster, { started: stage.world.now(), told: new Map() });
  const { book, params } = stage.wanted;
  try {
    const again = await bound(book, { cluster, look, ...(params && { params }) });
    const plan = await planBook(again, look);
    await rewrite(stage, event => (event.e === 'run' ? { ...event, steps: again.steps, plan } : event));
  } catch (error) {
    // Where no roles can be found by looking there is nothing to go wrong with.
    if (!(error instanceof Fault)) throw error;
  }
}
