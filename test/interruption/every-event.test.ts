import './tmp-ajv.ts';
// A run that is cut after any event of its journal, and resumed, ends as one that was never cut.

import { describe, expect, test } from 'vitest';
import { shippedBooks } from './support/books.ts';
import { scenarios } from './support/scenarios.ts';
import { place } from './support/stage.ts';
import { type Case, sweep, uninterrupted } from './support/sweep.ts';

test('every book that ships has scenarios', () => {
  expect(shippedBooks.filter(book => !(book in scenarios))).toEqual([]);
});

// whole: the process is killed · torn: it is killed while it writes · synced: its machine loses power, and what was not synced.
for (const leaves of ['whole', 'torn', 'synced'] as const) {
  describe(`cut after every event, the last of them ${leaves}`, () => {
    for (const book of Object.keys(scenarios)) {
      test.each(scenarios[book]!)(`${book}, $name`, async scenario => {
        const { events, state } = await uninterrupted(book, scenario);
        // A journal whose very first line was torn holds no run that could be resumed.
        const from = leaves === 'torn' ? 2 : 1;
        const cases = events.slice(from - 1).map((event, at): Case => {
          const after = at + from;
          return { words: `after ${String(after)} (${place(event)})`, mishaps: [{ cut: { after, leaves } }] };
        });
        expect(cases.length).toBeGreaterThan(40);
        expect(await sweep(book, scenario, cases, state)).toEqual([]);
      });
    }
  });
}
