// How often backups are meant to be taken, from what people write.

import { expect, test } from 'vitest';
import { scheduleInterval } from '../../../src/cli/schedule.ts';

const hours = (text: string): number | undefined => {
  const found = scheduleInterval(text);
  return found === undefined ? undefined : found / 3_600_000;
};

test.each([
  ['daily', 24],
  ['@weekly', 168],
  ['12h', 12],
  ['every 6h', 6],
  ['0 3 * * *', 24],
  ['0 */4 * * *', 4],
  ['*/15 * * * *', 0.25],
  ['30 * * * *', 1],
  ['0 2 * * 0', 168],
  ['0 2 * * 1-5', 72],
  ['0 2 * * 1,4', 96],
  ['0 2 1 * *', 744],
  ['whenever', undefined],
])('%s: every %s hours', (text, expected) => {
  expect(hours(text)).toBe(expected);
});
