// A run that is cut after any event of its journal, and resumed, ends as one that was never cut.

import { describe, expect, test } from 'vitest';
import { shippedBooks } from './support/books.ts';
import { scenarios } from './support/scenarios.ts';
import { afterEvery, sweep, uninterrupted } from './support/sweep.ts';

test('every book that ships has scenarios', () => {
  expect(shippedBooks.filter(book => !(book in scenarios))).toEqual([]);
});

for (const book of Object.keys(scenarios)) {
  describe(`${book}: the process is killed after an event`, () => {
    test.each(scenarios[book]!)('$name', async scenario => {
      const { events, state } = await uninterrupted(book, scenario);
      expect(events.length).toBeGreaterThan(15);
      expect(await sweep(book, scenario, afterEvery(events, 'whole'), state)).toEqual([]);
    });
  });

  describe(`${book}: it is killed while it writes one`, () => {
    test.each(scenarios[book]!.slice(0, 1))('$name', async scenario => {
      const { events, state } = await uninterrupted(book, scenario);
      // A journal whose very first line was torn holds no run that could be resumed.
      expect(await sweep(book, scenario, afterEvery(events, 'torn', 2), state)).toEqual([]);
    });
  });

  describe(`${book}: its machine loses power after an event, and with it what was not synced`, () => {
    test.each(scenarios[book]!.slice(0, 2))('$name', async scenario => {
      const { events, state } = await uninterrupted(book, scenario);
      expect(await sweep(book, scenario, afterEvery(events, 'synced'), state)).toEqual([]);
    });
  });
}
