// Where a recovery must stop, by the order in which transactions ended: what a drill holds a way back against.

import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { keptBy } from '../../../src/lab/history.ts';
import { endedBefore, readTransactionEnd, stopOf, type TransactionEnd } from '../../../src/lab/transaction-ends.ts';
import { lsn } from '../../../src/postgres/lsn.ts';
import type { Instant } from '../../../src/time.ts';

const line = (xid: number, at: string, desc: string): string =>
  `rmgr: Transaction len (rec/tot):     34/    34, tx:        ${String(xid)}, lsn: ${at}, prev 0/01558460, desc: ${desc}`;

describe('a line of pg_waldump', () => {
  it('a commit, an abort, one with more behind it', () => {
    const end = { xid: '742', lsn: lsn(0x1558498n), time: '2026-11-21T16:45:04.830000Z' };
    for (const desc of [
      'COMMIT 2026-11-21 16:45:04.830000 UTC',
      'ABORT 2026-11-21 16:45:04.830000 UTC',
      'COMMIT 2026-11-21 16:45:04.830000 UTC; rels: base/5/16400; inval msgs: catcache 51 relcache 16397',
    ])
      expect(readTransactionEnd(line(742, '0/01558498', desc))).toEqual(end);
  });

  it('anything else ends nothing', () => {
    expect(readTransactionEnd(line(742, '0/01558498', 'ASSIGNMENT xtop 741: subxacts: 742'))).toBeUndefined();
    expect(readTransactionEnd('')).toBeUndefined();
    // Another zone would be another moment.
    expect(readTransactionEnd(line(742, '0/01558498', 'COMMIT 2026-11-21 16:45:04.83 JST'))).toBeUndefined();
  });
});

const end = (xid: number, at: number, time: string): TransactionEnd => ({
  xid: String(xid),
  lsn: lsn(BigInt(at)),
  time: `2026-11-21T16:45:${time}Z` as Instant,
});

// 742 took its time before 741, and its place in the WAL behind it.
const ends = [
  end(740, 0x100, '04.1'),
  end(741, 0x200, '04.300001'),
  end(742, 0x300, '04.300000'),
  end(743, 0x400, '05'),
];

describe('where recovery stops', () => {
  it.each([
    ['by xid', { by: 'xid', xid: '742' }, 0x300n, { side: 'before', xid: '742' }],
    ['by LSN', { by: 'lsn', lsn: lsn(0x300n) }, 0x300n, { side: 'before', lsn: '0/300' }],
    ['by LSN between two', { by: 'lsn', lsn: lsn(0x250n) }, 0x250n, { side: 'before', lsn: '0/250' }],
    ['by restore point', { by: 'name', name: 'before', lsn: lsn(0x210n) }, 0x210n, { name: 'before' }],
    // Not at 742, whose time it is: 741 comes first in the WAL and is not before it.
    ['by time', { by: 'time', time: '2026-11-21T16:45:04.3Z' as Instant }, 0x200n, { side: 'before', xid: '741' }],
    [
      'by time to the second',
      { by: 'time', time: '2026-11-21T16:45:05Z' as Instant },
      0x400n,
      { side: 'before', xid: '743' },
    ],
  ] as const)('%s', (_, target, before, says) => {
    expect(stopOf(target, ends)).toEqual({ before, says });
  });

  it('nowhere, where nothing ends', () => {
    expect(stopOf({ by: 'xid', xid: '9' }, ends)).toBeUndefined();
    expect(stopOf({ by: 'time', time: '2026-11-21T16:45:06Z' as Instant }, ends)).toBeUndefined();
  });
});

test('what ended before the stop is kept; a transaction that is not listed ended long before', () => {
  const rows = [9, 740, 741, 742, 743].map((xid, at) => ({
    session: at === 2 ? 'b' : 'a',
    n: at + 1,
    xid: String(xid),
  }));
  const stop = { before: lsn(0x300n), says: {} };
  expect(endedBefore(rows, stop, ends).map(({ n }) => n)).toEqual([1, 2, 3]);
  expect([...keptBy({ rows, ends }, stop)]).toEqual([
    ['a', [{ from: 1, to: 2 }]],
    ['b', [{ from: 3, to: 3 }]],
  ]);
});

test('a row is kept exactly when its transaction ended before the stop, in whatever order rows were numbered', () => {
  const order = fc.shuffledSubarray(
    Array.from({ length: 30 }, (_, at) => at + 1),
    { minLength: 30 },
  );
  fc.assert(
    fc.property(order, fc.integer({ min: 0, max: 31 }), (numbers, place) => {
      const all = numbers.map((_, at) => end(at, at + 1, '04'));
      const rows = numbers.map((n, at) => ({ session: 's', n, xid: String(at) })).sort((a, b) => a.n - b.n);
      const kept = keptBy({ rows, ends: all }, { before: lsn(BigInt(place)), says: {} }).get('s') ?? [];
      const numbersKept = kept.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
      const wanted = numbers.filter((_, at) => at + 1 < place).sort((a, b) => a - b);
      expect(numbersKept).toEqual(wanted);
    }),
  );
});
