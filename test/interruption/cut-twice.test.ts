// A run that is cut, resumed, cut again and resumed again ends as one that was never cut.

import { describe, expect, test } from 'vitest';
import { scenarios } from './support/scenarios.ts';
import { place } from './support/stage.ts';
import { type Case, sweep, uninterrupted } from './support/sweep.ts';

/** What a resume writes before it goes on: then a second cut falls on its bookkeeping, on settling, and in the step itself. */
const again = [1, 2, 3, 5, 9];

for (const book of Object.keys(scenarios)) {
  describe(`${book}: cut twice`, () => {
    test.each(scenarios[book]!.slice(0, 1))('$name', async scenario => {
      const { events, commands, state } = await uninterrupted(book, scenario);
      const first = events.map((event, at) => ({
        words: `after ${String(at + 1)} (${place(event)})`,
        mishap: { cut: { after: at + 1, leaves: 'whole' as const } },
      }));
      const cases = first.flatMap(({ words, mishap }, at): Case[] => {
        const second = again[at % again.length]!;
        return [
          {
            words: `${words}, and ${String(second)} later`,
            mishaps: [mishap, { cut: { after: second, leaves: 'whole' } }],
          },
        ];
      });
      const inCommands = Array.from({ length: commands }, (_, command): Case => {
        const started = { interruption: { command, point: 'started' as const, dies: 'process' as const } };
        const first = { interruption: { command: 0, point: 'effect' as const, dies: 'process' as const } };
        return { words: `in command ${String(command)}, then in the next`, mishaps: [started, first] };
      });
      expect(await sweep(book, scenario, [...cases, ...inCommands], state)).toEqual([]);
    });
  });
}
