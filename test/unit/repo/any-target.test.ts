// One word for a target: read as what it looks like, a name where it looks like nothing, refused where it may be two things.

import { expect, test } from 'vitest';
import type { Fault } from '../../../src/faults.ts';
import { lsn } from '../../../src/postgres/lsn.ts';
import { anyTarget } from '../../../src/repo/any-target.ts';
import { bookWords, restoreWords } from '../../../src/repo/target-words.ts';
import { readTarget, type Target } from '../../../src/repo/target.ts';
import type { Instant } from '../../../src/time.ts';

const none = new Set<string>();

test.each([
  ['2026-11-21 16:45:04+00', { toTime: '2026-11-21 16:45:04+00' }],
  ['2026-11-21T16:45', { toTime: '2026-11-21T16:45' }],
  ['16:45:04', { toTime: '16:45:04' }],
  ['0/1a2b3c8', { toLsn: '0/1a2b3c8' }],
  ['742', { toXid: '742' }],
  ['before the upgrade', { toName: 'before the upgrade' }],
  ['2026', { toXid: '2026' }],
])('%s', (word, words) => {
  expect(anyTarget(word, none)).toEqual(words);
});

test('a restore point that bears the name of something else is asked about', () => {
  const ask = (word: string): string => {
    try {
      anyTarget(word, new Set(['742', 'release 3']));
      return '';
    } catch (error) {
      return `${(error as Fault).code}: ${(error as Fault).hint}`;
    }
  };
  expect(ask('742')).toBe('usage: say which: --to-xid 742, or --to-name 742');
  expect(ask('release 3')).toBe('');
  expect(ask('743')).toBe('');
});

test('a time without a zone is told what it lacks, and is no name', () => {
  expect(() => readTarget(anyTarget('2026-11-21 16:45', none), 'UTC')).toThrow(/has no time zone/);
  expect(() => readTarget(anyTarget('16:45', none), 'UTC')).toThrow(/takes a date, a time and a zone/);
});

test('typed again, as a command and as parameters of a book, they are the same target', () => {
  const targets: readonly Target[] = [
    { is: 'time', time: '2026-11-21T16:45:04.830001Z' as Instant, inclusive: false },
    { is: 'xid', xid: 742, inclusive: true },
    { is: 'lsn', lsn: lsn(0x1a2b3c8n), inclusive: false },
    { is: 'name', name: 'before the upgrade' },
  ];
  for (const target of targets) {
    const words = restoreWords(target, 3 as never);
    const [option = '', place = ''] = words;
    const key = option.replace(/^--to-(.)/, (_, letter: string) => `to${letter.toUpperCase()}`);
    expect(readTarget({ [key]: place, exclusive: words.includes('--exclusive') || undefined }, 'UTC')).toEqual(target);
    expect(words.slice(-2)).toEqual(['--timeline', '3']);
  }
  expect(bookWords(targets[0]!)).toEqual(['-p', 'to_time=2026-11-21 16:45:04.830001+00', '-p', 'exclusive=true']);
  expect(bookWords(targets[1]!, 3 as never)).toEqual(['-p', 'to_xid=742', '-p', 'timeline=3']);
});
