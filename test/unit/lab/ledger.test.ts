// The ledger: each acknowledged row is present or lost; rows in doubt are neither; nothing else may be there.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareLedger, missing, type Range, settled, without, writtenElsewhere } from '../../../src/lab/ledger.ts';

const ranges = (numbers: readonly number[]): Range[] => {
  const found: { from: number; to: number }[] = [];
  for (const n of [...numbers].sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last?.to === n - 1) last.to = n;
    else found.push({ from: n, to: n });
  }
  return found;
};

test('all is there', () => {
  expect(compareLedger([{ session: 'a', last: 3, inDoubt: [] }], new Map([['a', [{ from: 1, to: 3 }]]]))).toEqual({
    acknowledged: 3,
    present: 3,
    lost: 0,
    givenUp: 0,
    unexpected: 0,
    inDoubt: 0,
    inDoubtPresent: 0,
    examples: [],
  });
});

test('a row in doubt may be there or not', () => {
  const sent = [{ session: 'a', last: 3, inDoubt: [3] }];
  expect(compareLedger(sent, new Map([['a', ranges([1, 2])]]))).toMatchObject({
    lost: 0,
    inDoubt: 1,
    inDoubtPresent: 0,
  });
  expect(compareLedger(sent, new Map([['a', ranges([1, 2, 3])]]))).toMatchObject({
    lost: 0,
    inDoubt: 1,
    inDoubtPresent: 1,
  });
});

test('a session whose rows are all gone is lost as a whole', () => {
  expect(compareLedger([{ session: 'a', last: 5, inDoubt: [2] }], new Map())).toMatchObject({
    acknowledged: 4,
    lost: 4,
    examples: ['a/1', 'a/3', 'a/4', 'a/5'],
  });
});

test('rows beyond the last one sent, and sessions that were never there, are unexpected', () => {
  const present = new Map([
    ['a', ranges([1, 2, 3])],
    ['b', ranges([1])],
  ]);
  expect(compareLedger([{ session: 'a', last: 2, inDoubt: [] }], present)).toMatchObject({
    unexpected: 2,
    examples: ['a/3', 'b/1'],
  });
});

test('counts as a plain comparison of sets would', () => {
  const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 40 }));
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 30 }), numbers, numbers, (last, doubts, present) => {
      const inDoubt = doubts.filter(n => n <= last);
      const acknowledged = Array.from({ length: last }, (_, at) => at + 1).filter(n => !inDoubt.includes(n));
      const ledger = compareLedger([{ session: 's', last, inDoubt }], new Map([['s', ranges(present)]]));
      expect(ledger).toMatchObject({
        acknowledged: acknowledged.length,
        present: acknowledged.filter(n => present.includes(n)).length,
        lost: acknowledged.filter(n => !present.includes(n)).length,
        unexpected: present.filter(n => n > last).length,
        inDoubt: inDoubt.length,
        inDoubtPresent: inDoubt.filter(n => present.includes(n)).length,
      });
    }),
  );
});

test('what was lost once is not lost again, and may not come back', () => {
  const sent = { session: 'a', last: 9, inDoubt: [6] };
  const before = ranges([1, 2, 5, 9]);
  const writtenOff = missing(sent, before);
  expect(writtenOff).toEqual([
    { from: 3, to: 4 },
    { from: 7, to: 8 },
  ]);
  const later = { ...sent, last: 12, writtenOff };
  expect(compareLedger([later], new Map([['a', ranges([1, 2, 5, 9, 10, 12])]]))).toMatchObject({
    acknowledged: 7,
    present: 6,
    lost: 1,
    unexpected: 0,
    examples: ['a/11'],
  });
  expect(compareLedger([later], new Map([['a', ranges([1, 2, 4, 5, 9, 10, 11, 12])]]))).toMatchObject({
    lost: 0,
    unexpected: 1,
    examples: ['a/4'],
  });
});

test('rows in hand while one looks are left out, those beyond them are not', () => {
  const sent = { session: 'a', last: 5, inDoubt: [] };
  expect(settled(ranges([1, 2, 3, 5, 6, 7, 8]), sent, 7)).toEqual(ranges([1, 2, 3, 5, 8]));
});

test('losses written off at any moments add up to those of the whole', () => {
  const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 40 }));
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 20, max: 40 }), numbers, (early, late, present) => {
      const there = ranges(present);
      const first = { session: 's', last: early, inDoubt: [] };
      const one = compareLedger([first], new Map([['s', settled(there, first, 40)]]));
      const writtenOff = missing(first, there);
      const two = compareLedger([{ session: 's', last: late, inDoubt: [], writtenOff }], new Map([['s', there]]));
      const whole = compareLedger([{ session: 's', last: late, inDoubt: [] }], new Map([['s', there]]));
      expect(one.lost + two.lost).toBe(whole.lost);
      expect(two.present).toBe(whole.present);
      expect(two.unexpected).toBe(whole.unexpected);
    }),
  );
});

test('what was given up is neither lost nor welcome, and what comes back to be kept is both', () => {
  // Timeline 1 up to 6, of which 4 were before the target; 7 to 9 on timeline 2.
  const lines = [
    { line: '1', from: 1 },
    { line: '2', from: 7 },
  ];
  const givenUp = without(writtenElsewhere(lines, 9, '2'), ranges([1, 2, 3, 4]));
  expect(givenUp).toEqual(ranges([5, 6]));
  const sent = { session: 'a', last: 9, inDoubt: [6], givenUp };
  expect(compareLedger([sent], new Map([['a', ranges([1, 2, 3, 4, 7, 8, 9])]]))).toMatchObject({
    acknowledged: 8,
    present: 7,
    lost: 0,
    givenUp: 1,
    unexpected: 0,
  });
  expect(missing(sent, ranges([1, 2, 4, 7]))).toEqual(ranges([3, 8, 9]));
  expect(compareLedger([sent], new Map([['a', ranges([1, 2, 3, 4, 5, 6, 7, 8, 9])]]))).toMatchObject({
    lost: 0,
    givenUp: 1,
    unexpected: 2,
    examples: ['a/5', 'a/6'],
  });
  // A second recovery, to a later target: 5 is before it, and 7 to 9 are not.
  const again = without(writtenElsewhere([...lines, { line: '3', from: 10 }], 12, '3'), ranges([1, 2, 3, 4, 5]));
  expect(again).toEqual([
    { from: 6, to: 6 },
    { from: 7, to: 9 },
  ]);
});

test('a session that wrote nothing on a timeline gives nothing up there', () => {
  const lines = [
    { line: '1', from: 1 },
    { line: '2', from: 1 },
  ];
  expect(writtenElsewhere(lines, 3, '2')).toEqual([]);
  expect(writtenElsewhere(lines.slice(0, 1), 3, '2')).toEqual(ranges([1, 2, 3]));
});
