// A run that is cut inside any of its commands, at any point of it, ends as one that was never cut.

import { describe, expect, test } from 'vitest';
import { points } from '../../src/drivers/memory.ts';
import { scenarios } from './support/scenarios.ts';
import { type Case, sweep, uninterrupted } from './support/sweep.ts';

const inside = (commands: number, dies: 'process' | 'connection'): Case[] =>
  Array.from({ length: commands }, (_, command) =>
    points.map((point, at) => ({
      words: `command ${String(command)}, ${point}`,
      mishaps: [{ interruption: { command, point, dies } }],
      resumed: dies === 'process',
      // At once, while the command may still run on its host, or when all that was begun there is over.
      ...((command + at) % 2 === 0 && { meanwhile: 90_000 }),
    })),
  ).flat();

for (const book of Object.keys(scenarios)) {
  describe(`${book}: the process dies inside a command, and is resumed`, () => {
    test.each(scenarios[book]!)('$name', async scenario => {
      const { commands, state } = await uninterrupted(book, scenario);
      expect(commands).toBeGreaterThan(0);
      expect(await sweep(book, scenario, inside(commands, 'process'), state)).toEqual([]);
    });
  });

  describe(`${book}: the connection breaks inside a command, and the run goes on by itself`, () => {
    test.each(scenarios[book]!)('$name', async scenario => {
      const { commands, state } = await uninterrupted(book, scenario);
      expect(await sweep(book, scenario, inside(commands, 'connection'), state)).toEqual([]);
    });
  });
}
