// Answers of several askers become one story: in order of time, without changes back and forth that nobody made.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { insert, runsOf, type Sample, spacingOf } from '../../../src/lab/samples.ts';
import type { Readiness } from '../../../src/postgres/isready.ts';

const words: Readonly<Record<string, Readiness>> = { a: 'accepting', r: 'rejecting', n: 'no-response' };

/** `a 0-20`: asked at 0, accepting at 20. */
const sample = (text: string): Sample => {
  const [is = '', times = ''] = text.split(' ');
  const [asked = 0, came = 0] = times.split('-').map(Number);
  return { is: words[is]!, asked, came };
};

/** As they are read, one after the other. */
function read(...texts: string[]): Sample[] {
  const samples: Sample[] = [];
  for (const text of texts) insert(samples, sample(text));
  return samples;
}

const story = (samples: readonly Sample[]): string[] =>
  runsOf(samples).map(({ is, fromTicks, toTicks, count }) => `${is} ${fromTicks}-${toTicks} ${count}×`);

describe('runs', () => {
  test('one asker', () => {
    expect(story(read('a 0-20', 'a 40-60', 'r 80-100', 'n 120-140', 'n 160-180'))).toEqual([
      'accepting 20-60 2×',
      'rejecting 100-100 1×',
      'no-response 140-180 2×',
    ]);
  });

  test('are of the time at which the answers came, however late they are read', () => {
    expect(story(read('a 0-20', 'r 60-80', 'a 20-40', 'a 40-60', 'r 50-70'))).toEqual([
      'accepting 20-60 3×',
      'rejecting 70-80 2×',
    ]);
  });

  test('an answer that was overtaken is no change back', () => {
    expect(story(read('a 0-20', 'r 20-40', 'a 10-50', 'r 40-60'))).toEqual([
      'accepting 20-20 2×',
      'rejecting 40-60 2×',
    ]);
  });

  test('one that was asked for afterwards is one', () => {
    expect(story(read('a 0-20', 'r 20-40', 'a 45-50', 'r 50-60'))).toEqual([
      'accepting 20-20 1×',
      'rejecting 40-40 1×',
      'accepting 50-50 1×',
      'rejecting 60-60 1×',
    ]);
  });

  test('nor is a third state an echo of the first', () => {
    expect(story(read('a 0-20', 'r 20-40', 'n 10-50'))).toEqual([
      'accepting 20-20 1×',
      'rejecting 40-40 1×',
      'no-response 50-50 1×',
    ]);
  });

  test('in whatever order samples are read, none is lost and the story is the same', () => {
    const one = fc.record({
      is: fc.constantFrom<Readiness>('accepting', 'rejecting', 'no-response'),
      took: fc.integer({ min: 1, max: 60 }),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 30 }), fc.infiniteStream(fc.nat()), (all, order) => {
        const samples = all.map(({ is, took }, i) => ({ is, asked: i * 20 - took, came: i * 20 }));
        const shuffled = samples.map(it => ({ it, key: order.next().value })).sort((a, b) => a.key - b.key);
        const merged: Sample[] = [];
        for (const { it } of shuffled) insert(merged, it);
        expect(merged).toEqual(samples);
        expect(runsOf(merged).reduce((sum, { count }) => sum + count, 0)).toBe(all.length);
      }),
    );
  });
});

describe('spacing', () => {
  test('is that of the questions, of all askers together, in whatever order they were answered', () => {
    expect(spacingOf(read('a 0-90', 'a 40-70', 'a 20-60', 'a 70-80'))).toEqual({
      widest: 30,
      mean: 70 / 3,
      slowest: 90,
    });
  });

  test('does not take the patience with a server that does not answer for an answer', () => {
    expect(spacingOf(read('a 0-20', 'n 20-1020', 'n 40-1040', 'r 60-90'))).toEqual({
      widest: 20,
      mean: 20,
      slowest: 30,
    });
  });

  test('is nothing where nothing lies between two questions', () => {
    expect(spacingOf(read('a 0-20'))).toBeUndefined();
  });
});
