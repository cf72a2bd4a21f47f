// Ctrl-C: the op in hand is finished, the run exits with 130, and resumed it ends as one that was left alone.

import { describe, expect, test } from 'vitest';
import { scenarios, stageOf } from './support/scenarios.ts';
import { place } from './support/stage.ts';
import { uninterrupted } from './support/sweep.ts';
import { complaints } from './support/verdict.ts';

for (const book of Object.keys(scenarios)) {
  describe(`${book}: Ctrl-C after every event`, () => {
    test.each(scenarios[book]!.filter((_, at) => at % 4 === 0))('$name', async scenario => {
      const { events, state } = await uninterrupted(book, scenario);
      const lastBegan = events.findLastIndex(({ e }) => e === 'began') + 1;
      const wrong: string[] = [];
      for (const [at, event] of events.entries()) {
        const stage = stageOf(book, scenario);
        const interruptAfter = at + 1;
        const stopped = await stage.start({ interruptAfter });
        // From the last op on there is nothing left to leave out.
        const wanted = interruptAfter < lastBegan ? 130 : 0;
        const words = `${String(interruptAfter)} (${place(event)})`;
        if (stopped.end?.exit !== wanted)
          wrong.push(`${words}: exit ${String(stopped.end?.exit)}: ${String(stopped.end?.why)}`);
        if (stage.world.nodes.some(({ lock }) => lock)) wrong.push(`${words}: the lock is still held`);
        const last = stopped.end?.exit === 0 ? stopped : await stage.resume();
        wrong.push(...complaints(stage, last, scenario, state).map(one => `${words}: ${one}`));
      }
      expect(wrong).toEqual([]);
    });
  });
}
