// Two ways to remember less over a resume: the sweep finds that they are wrong, so it would find it in the engine too.

import { describe, expect, test } from 'vitest';
import { marksTakenAnew, rolesBoundAnew } from './support/rewritten.ts';
import { scenarios } from './support/scenarios.ts';
import { afterEvery, type Between, sweep, uninterrupted } from './support/sweep.ts';

const scenario = scenarios['failover']!.find(({ name }) => name.startsWith('three nodes'))!;
const thereAndBack = scenarios['fence-and-return']![0]!;

/** Cut after every event from the beginning of that step on. */
async function swept(between: Between, book = 'failover', step = 'promote', on = scenario): Promise<string[]> {
  const { events, state } = await uninterrupted(book, on);
  const from = events.findIndex(event => event.e === 'step' && event.step === step);
  return sweep(book, on, afterEvery(events, 'whole').slice(from), state, between);
}

describe('an engine that would', () => {
  test('bind roles again on resume looks for the fence on the wrong node', async () => {
    const wrong = await swept(rolesBoundAnew);
    expect(wrong).toContainEqual(
      expect.stringMatching(/after \d+ \(promote done\): exit 10: .*step guard .*node2 is fenced/),
    );
  });

  test('mark the logs anew on resume finds no proof of a promotion that has been made', async () => {
    const wrong = await swept(marksTakenAnew);
    expect(wrong).toContainEqual(expect.stringMatching(/after \d+ \(promote ended\): exit 10: .*"promote-requested"/));
  });

  test('mark them anew for a step that is over loses what a later one reads from its beginning', async () => {
    const wrong = await swept(marksTakenAnew, 'fence-and-return', 'back', thereAndBack);
    expect(wrong).toContainEqual(expect.stringMatching(/after \d+ \(back done\): exit 10: .*"received-fast-shutdown"/));
  });
});
