// Worlds, books and runs for the engine's own tests, in a line each.

import { memoryWorld, type MemoryFault, type World } from '../../../src/drivers/memory.ts';
import type { ShownPlan } from '../../../src/engine/planned.ts';
import { refusals } from '../../../src/engine/planned.ts';
import { wordsOf } from '../../../src/engine/book.ts';
import type { StepId } from '../../../src/runbook/book-types.ts';
import { parseBook, readBook } from '../../interruption/support/books.ts';
import { Stage, type Wanted } from '../../interruption/support/stage.ts';

type Options = Partial<Parameters<typeof memoryWorld>[0]>;

/** Two nodes, or as many as named; node1 is the primary. */
export const healthy = (options: Options = {}): World => memoryWorld({ nodes: ['node1', 'node2'], ...options });

export function lost(fault: MemoryFault, options: Options = {}): World {
  const world = healthy({ unsent: 4096, ...options });
  world.lose('node1', fault);
  return world;
}

export const failover = (world: World, wanted: Partial<Wanted> = {}): Stage =>
  new Stage(world, { book: readBook('failover'), params: { down_for: '1s' }, ...wanted });

/** A book of steps only, as they stand in YAML. */
export const steps = (world: World, yaml: string, wanted: Partial<Wanted> = {}): Stage =>
  new Stage(world, {
    book: parseBook(`runbook: test\ntitle: test\nroles: [primary, standby]\nsteps:\n${yaml}`),
    ...wanted,
  });

export const stepIn = (plan: ShownPlan, id: string) => plan.steps.find(step => step.id === (id as StepId))!;

/** What stands against a plan: step, rule, host and verdict, `promote: role node1 (fails)`. */
export const refused = (stage: Stage, plan: ShownPlan): string[] =>
  refusals(plan, check => wordsOf(stage.book.checks, check)).map(
    ({ step, check, verdict }) => `${step}: ${check.check} ${check.on} (${verdict.is})`,
  );
