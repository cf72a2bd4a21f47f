// What a way back proves, and what it does not: each proof can be missed by itself.

import { expect, it } from 'vitest';
import { wayBackOf, wayBackProofs } from '../../../src/cli/drill-judge-back.ts';
import type { ActRecord } from '../../../src/cli/drill-record.ts';
import type { Loss } from '../../../src/look/loss.ts';
import { lsn } from '../../../src/postgres/lsn.ts';
import { bytes, type Instant, ms } from '../../../src/time.ts';
import type { NodeName } from '../../../src/ports.ts';

const loss = (size: number): Loss => ({ bytes: bytes(size), time: ms(0), from: [] });
const time = '2026-11-21T16:45:04.830000Z' as Instant;
const place = { xid: '742', lsn: '0/300', time };

type Seen = Pick<ActRecord, 'aim' | 'afterwards' | 'ledger'> & { readonly act: { readonly proof: object } };

const good: Seen = {
  act: { proof: { lost: 'after-target', tables: 'unchanged', noted: 'select max(mtime) from pgbench_history' } },
  aim: {
    mistake: {
      on: 'node1' as NodeName,
      timeline: 1,
      statement: 'TRUNCATE public.t',
      table: 'public.t',
      ...place,
      restorePoint: null,
    },
    found: { took: ms(412), transactions: [{ ...place, time: '2026-11-21T16:45:04.83Z' as Instant, params: {} }] },
    params: { to_xid: '742', exclusive: true, timeline: '1' },
    stop: { before: lsn(0x300n), says: { side: 'before', xid: '742' } },
    kept: new Map(),
  },
  afterwards: {
    stops: [{ side: 'before', end: 'commit', xid: '742', time: '2026-11-21 16:45:04.83+00' }],
    settingsLeft: [],
    tables: { differ: [], count: 5 },
    rescued: null,
    noted: { before: '16:39:14.379332', after: '16:39:14.379332' },
  },
  ledger: {
    acknowledged: 9,
    present: 6,
    lost: 0,
    givenUp: 3,
    unexpected: 0,
    inDoubt: 0,
    inDoubtPresent: 0,
    examples: [],
  },
};

const missed = (change: Partial<Seen>): string[] =>
  wayBackProofs({ ...good, ...change } as ActRecord, null).flatMap(({ name, holds, expected, found }) =>
    holds ? [] : [`${name}: ${found}, expected ${expected}`],
  );
const after = (change: Partial<Seen['afterwards']>) => ({ afterwards: { ...good.afterwards, ...change } });

it('all of it holds', () => {
  expect(wayBackProofs(good as ActRecord, loss(5 * 1024 ** 2)).map(({ name, found }) => `${name}: ${found}`)).toEqual([
    'wal find names TRUNCATE public.t: transaction 742 at 0/300, 2026-11-21T16:45:04.83Z',
    'recovery stopped: before commit of transaction 742',
    'recovery settings left: none',
    'rows committed after the target: 3, none of them there',
    'the gate told of that loss: 5 MB',
    'tables: 5 tables, row for row',
    'select max(mtime) from pgbench_history: 16:39:14.379332',
  ]);
  expect(wayBackOf(good.aim!)).toMatchObject({
    mistake: { statement: 'TRUNCATE public.t', ...place },
    findSeconds: 0.412,
    target: ['to_xid=742', 'exclusive=true', 'timeline=1'],
    stop: '0/300',
  });
});

it.each([
  [
    'wal find names another transaction',
    { aim: { ...good.aim!, found: { took: ms(1), transactions: [{ ...place, xid: '741', params: {} }] } } },
    /^wal find names TRUNCATE public\.t: transaction 741 at/,
  ],
  ['wal find names nothing', { aim: { ...good.aim!, found: { took: ms(1), transactions: [] } } }, /: none, expected/],
  [
    'the log speaks of another one',
    after({ stops: [{ side: 'before', end: 'commit', xid: '741' }] }),
    /^recovery stopped: before commit of transaction 741, expected before the end of transaction 742$/,
  ],
  [
    'the log says after, not before',
    after({ stops: [{ side: 'after', end: 'commit', xid: '742' }] }),
    /^recovery stopped: after commit/,
  ],
  ['the log says nothing', after({ stops: [] }), /^recovery stopped: none, expected/],
  [
    'a setting is left',
    after({ settingsLeft: ['node2: recovery_target_xid = 742'] }),
    /^recovery settings left: node2: recovery_target_xid = 742, expected none$/,
  ],
  [
    'nothing was written behind the target',
    { ledger: { ...good.ledger, givenUp: 0 } },
    /^rows committed after the target: 0,/,
  ],
  ['a row behind the target is there', { ledger: { ...good.ledger, unexpected: 2 } }, /: 3, 2 of them there, expected/],
  [
    'a table differs',
    after({ tables: { differ: ['public.t on node2'], count: 5 } }),
    /^tables: not public\.t on node2, expected as just before the fault$/,
  ],
  ['the note says something else', after({ noted: { before: 'a', after: 'b' } }), /: b, expected a$/],
  [
    'nobody answers',
    after({ settingsLeft: null, tables: null, noted: null }),
    /recovery settings left: nobody could be asked/,
  ],
] as const)('%s', (_, change, said) => {
  expect(missed(change as Partial<Seen>)[0]).toMatch(said);
});

it('a gate that spoke of less than was lost is found out; one that knew nothing said so', () => {
  const held = (size: Loss['bytes']): boolean | undefined =>
    wayBackProofs(good as ActRecord, { ...loss(0), bytes: size }).find(one => one.name.startsWith('the gate'))?.holds;
  expect([held(bytes(0)), held(bytes(3)), held(bytes(4)), held('unknown')]).toEqual([false, false, true, true]);
});

it('nothing is asked of an act that goes back nowhere', () => {
  const act = { proof: { lost: 0, tables: undefined, noted: undefined } };
  expect(wayBackProofs({ ...good, act, aim: null } as unknown as ActRecord, loss(0))).toEqual([]);
});

it('a table that was rescued holds on every node what the one of the mistake held', () => {
  const act = { proof: { lost: 0, tables: 'unchanged', rescued: 'rescued.t' } };
  const held = (node2: string) => after({ rescued: { before: '12 4711', after: { node1: '12 4711', node2 } } });
  expect(missed({ act, ...held('12 4711') })).toEqual([]);
  expect(missed({ act, ...held('no such table') })).toEqual([
    'rescued.t: 12 4711 on node1, no such table on node2, expected 12 4711, as just before the mistake',
  ]);
  expect(missed({ act })).toEqual(['rescued.t: none, expected rows, as just before the mistake']);
});
