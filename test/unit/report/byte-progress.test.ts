// How far, how fast, how long still: of a copy that goes on.
import { expect, test } from 'vitest';
import { bytesWords, measured, noRate, timeLeft } from '../../../src/report/byte-progress.ts';
import { later } from './journal-fixture.ts';

const MB = 1024 ** 2;

test('words: share, sizes, and rate and time left where they are known', () => {
  expect(bytesWords(12 * MB, 67 * MB, undefined)).toBe('17 %  12 MB of 67 MB');
  expect(bytesWords(12 * MB, 67 * MB, 5 * MB)).toBe('17 %  12 MB of 67 MB, 5 MB/s, 11 s left');
  expect(bytesWords(12 * MB, 67 * MB, 0)).toBe('17 %  12 MB of 67 MB');
  expect(bytesWords(67 * MB, 67 * MB, 5 * MB)).toBe('100 %  67 MB of 67 MB, 5 MB/s');
  expect(bytesWords(70 * MB, 67 * MB, 5 * MB)).toBe('100 %  70 MB of 67 MB, 5 MB/s');
  expect(bytesWords(0, 0, undefined)).toBe('0 %  0 B of 0 B');
});

test('a rate needs two looks with some time between, and follows what it becomes', () => {
  const first = measured(noRate, 0, later(0));
  expect(first.rate).toBeUndefined();
  expect(measured(first, MB, later(0.2))).toBe(first);
  const second = measured(first, 10 * MB, later(1));
  expect(second.rate).toBe(10 * MB);
  expect(measured(second, 10 * MB, later(2)).rate).toBe(5 * MB);
  expect(measured(second, 10 * MB, undefined)).toBe(second);
});

test('what begins again from less is another copy', () => {
  const first = measured(measured(noRate, 0, later(0)), 50 * MB, later(1));
  expect(measured(first, MB, later(2)).rate).toBeUndefined();
});

test('no time is left where nothing moves or nothing remains', () => {
  expect(timeLeft(10, 100, 10)).toBe(9000);
  expect(timeLeft(10, 100, 0)).toBeUndefined();
  expect(timeLeft(10, 100, undefined)).toBeUndefined();
  expect(timeLeft(100, 100, 10)).toBeUndefined();
});
