// Targets as an operator types them, and what he is told where they are none.

import { expect, test } from 'vitest';
import { Fault } from '../../../src/faults.ts';
import { readTarget, readTimelineWish, recoveryTarget, type TargetWords } from '../../../src/repo/target.ts';

const read = (words: TargetWords, zone = 'Europe/Berlin') => readTarget(words, zone);

function refused(words: TargetWords, zone?: string): string[] {
  try {
    read(words, zone);
  } catch (error) {
    if (error instanceof Fault && error.code === 'usage') return [error.message, error.hint ?? ''];
    throw error;
  }
  throw new Error('taken for a target');
}

test('a time with its zone, to the microsecond', () => {
  const time = (toTime: string) => (read({ toTime }) as { time: string }).time;
  expect(time('2026-11-21 03:12:44+00')).toBe('2026-11-21T03:12:44.000000Z');
  expect(time('2026-11-21T03:12:44.000001+05:30')).toBe('2026-11-20T21:42:44.000001Z');
  expect(time('2026-11-21 03:12 UTC')).toBe('2026-11-21T03:12:00.000000Z');
  expect(time('2026-07-21 03:12:44.5 Europe/Berlin')).toBe('2026-07-21T01:12:44.500000Z');
  expect(recoveryTarget(read({ toTime: '2026-11-21 03:12:44.5Z', exclusive: true }))).toEqual({
    time: '2026-11-21 03:12:44.500000+00',
    inclusive: false,
  });
});

test('a time without a zone is explained, with the clocks of this machine', () => {
  expect(refused({ toTime: '2026-11-21 03:12:44' })).toEqual([
    '--to-time "2026-11-21 03:12:44" has no time zone, so that it would be another moment on another machine',
    'in Europe/Berlin it is "2026-11-21 03:12:44+01" (2026-11-21 02:12:44 UTC); in UTC it is "2026-11-21 03:12:44+00"',
  ]);
  expect(refused({ toTime: '2026-10-25 02:30:00' })[1]).toBe(
    'say which: "2026-10-25 02:30:00+02" (2026-10-25 00:30:00 UTC) or "2026-10-25 02:30:00+01" (2026-10-25 01:30:00 UTC)',
  );
  expect(refused({ toTime: '2026-10-25 02:30:00 Europe/Berlin' })[0]).toBe(
    '--to-time: 2026-10-25 02:30:00 was twice in Europe/Berlin: the clocks were put back',
  );
  expect(refused({ toTime: '2026-03-29 02:30:00 Europe/Berlin' })[0]).toBe(
    '--to-time: there was no 2026-03-29 02:30:00 in Europe/Berlin: the clocks were put forward over it',
  );
  expect(refused({ toTime: '2026-11-21 03:12:44' }, 'Asia/Kolkata')[1]).toContain('+05:30"');
});

test.each([
  '2026-02-30 12:00:00+00',
  '2026-13-01 12:00:00+00',
  '2026-11-21 24:00:00+00',
  '2026-11-21 23:59:60+00',
  'yesterday',
  '2026-11-21',
])('%s is no time', toTime => {
  expect(refused({ toTime })[0]).toBe(`--to-time takes a date, a time and a zone, not "${toTime}"`);
});

test('transactions, places, names', () => {
  expect(read({ toXid: '742' })).toEqual({ is: 'xid', xid: 742, inclusive: true });
  // As pg_current_xact_id() tells it, with the epoch in front.
  expect(read({ toXid: String(2n ** 32n * 7n + 742n) })).toMatchObject({ xid: 742 });
  expect(refused({ toXid: '2' })[0]).toBe('--to-xid takes the number of a transaction, not "2"');
  expect(read({ toLsn: '0/1a2b3c8', exclusive: true })).toEqual({ is: 'lsn', lsn: 0x1a2b3c8n, inclusive: false });
  expect(refused({ toLsn: '1A2B3C8' })[0]).toBe('--to-lsn takes an LSN, not "1A2B3C8"');
  expect(read({ toName: 'before the drop' })).toEqual({ is: 'name', name: 'before the drop' });
  expect(refused({ toName: 'x'.repeat(64) })[0]).toContain('1 to 63 bytes, not 64');
  expect(read({ immediate: true })).toEqual({ is: 'immediate' });
  expect(read({})).toEqual({ is: 'latest' });
});

test('one target, and exclusive only where it means something', () => {
  expect(refused({ toXid: '742', toName: 'x' })[0]).toBe('--to-xid and --to-name exclude one another');
  expect(refused({ toTime: '2026-11-21 03:12:44+00', immediate: true })[0]).toBe(
    '--to-time and --immediate exclude one another',
  );
  expect(refused({ toName: 'x', exclusive: true })[0]).toBe('--exclusive needs --to-time, --to-xid or --to-lsn');
});

test('timelines in decimal, in hexadecimal, and in words', () => {
  expect(['current', undefined, 'latest', '12', '0xC'].map(readTimelineWish)).toEqual([
    'current',
    'latest',
    'latest',
    12,
    12,
  ]);
  expect(() => readTimelineWish('newest')).toThrow('--timeline takes "current", "latest" or a number, not "newest"');
});
