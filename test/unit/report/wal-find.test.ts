// What `wal find` prints: what was done, what would be lost with it, and both commands that lead back.

import { expect, test } from 'vitest';
import { lsn } from '../../../src/postgres/lsn.ts';
import { timeline } from '../../../src/postgres/timeline.ts';
import {
  type NamedTransaction,
  walFindJson,
  type WalFindReport,
  walFindText,
} from '../../../src/report/wal-find-text.ts';
import type { Instant } from '../../../src/time.ts';

const one: NamedTransaction = {
  xid: 742,
  prepared: false,
  subtransactions: 0,
  time: '2026-11-21T16:45:04.830112Z' as Instant,
  lsn: lsn(0x5912a88n),
  end: lsn(0x5912b10n),
  timeline: timeline(1),
  branch: null,
  database: 5,
  databaseName: 'bench',
  records: 18,
  rows: [],
  databases: [],
  truncated: [],
  dropped: [],
  pairs: [],
  later: 3210,
  effects: [
    { operation: 'truncate', what: 'public.pgbench_history', named: true, oid: 16390, rows: null },
    { operation: 'truncate', what: 'relation 5/16502', named: false, oid: null, rows: null },
    { operation: 'insert', what: 'public.noted', named: true, oid: 16400, rows: 1 },
  ],
};

const report: WalFindReport = {
  cluster: 'main',
  repository: '/var/lib/lifeboat',
  asked: {},
  found: [one],
  until: { timeline: timeline(1), lsn: lsn(0x6000000n), last: null },
  read: 1,
  unreadable: [],
  live: { node: 'node1', isPrimary: true, timeline: 1, lsn: lsn(0x6100000n) },
};

test('for a person', () => {
  expect(walFindText(report, { width: 80, colour: false })).toBe(
    [
      '1 transaction in the WAL of cluster main that /var/lib/lifeboat keeps',
      '',
      'transaction 742 · 2026-11-21 16:45:04.830112 UTC · database bench',
      '  truncate   public.pgbench_history, relation 5/16502 (not in the catalogue any',
      '             more)',
      '  insert     public.noted (1 row)',
      '  commit     0/5912A88 on timeline 1; 18 records',
      '  behind it  3210 commits, lost with it by going back to just before it',
      '  back to just before it, one of:',
      '    lifeboat run pitr -p to_xid=742 -p exclusive=true',
      '    lifeboat restore --to-xid 742 --exclusive --into DIRECTORY',
      '',
      'WAL of timeline 1 is kept up to 0/6000000; no transaction ended in it',
      'node1 has written 1 MB more that is not kept yet: lifeboat wal switch',
    ].join('\n'),
  );
});

test('on a timeline that was left, and where the files of a database go before the commit', () => {
  const left = {
    ...one,
    branch: timeline(1),
    databases: [{ oid: 16404, before: lsn(0x197fd18n) }],
  };
  const { transactions } = walFindJson({ ...report, asked: { cluster: 'main' }, found: [left] }) as {
    transactions: [{ target: unknown }];
  };
  expect(transactions[0].target).toEqual({
    restore: 'lifeboat restore --cluster main --to-lsn 0/197FD18 --exclusive --timeline 1'.split(' '),
    book: 'lifeboat run pitr --cluster main -p to_lsn=0/197FD18 -p exclusive=true -p timeline=1'.split(' '),
  });
});
