// What the log must say: order where it can be relied on, numbers that agree, and nothing from yesterday.
import { describe, expect, it } from 'vitest';
import { forbidden, pitrEnd, promotion, rebuild, switchback } from '../../../src/postgres/expectations.ts';
import { lsn, parseLsn } from '../../../src/postgres/lsn.ts';
import type { MessageName, Recognised } from '../../../src/postgres/messages.ts';
import { expectMessages, firstForbidden } from '../../../src/postgres/sequence.ts';
import type { Expectation, Sequence } from '../../../src/postgres/sequence.ts';
import { quoted, recognisedIn } from './fixture.ts';

const names = (sequence: Sequence) => (sequence.holds ? sequence.at.map(line => line.name) : sequence);
const line = (name: MessageName, fields: Record<string, string> = {}, pid?: number): Recognised => ({
  name,
  fields,
  ...(pid !== undefined && { pid }),
});
const one = (name: MessageName, fields?: Record<string, string>): Expectation => ({
  any: [{ name, ...(fields && { fields }) }],
});
const at = (text: string) => parseLsn(text) ?? lsn(0n);

// The document's own logs, PostgreSQL 9.3.
const promotion93 = quoted(
  'received promote request',
  'redo done at 0/17000028',
  'last completed transaction was at log time 2013-09-20 16:34:13.988285+09',
  'selected new timeline ID: 2',
  'archive recovery complete',
  'database system is ready to accept connections',
  'autovacuum launcher started',
);
const switchback93 = quoted(
  'database system was shut down at 2013-09-24 16:24:59 JST',
  'entering standby mode',
  'restored log file "00000002.history" from archive',
  'restored log file "000000020000000000000022" from archive',
  'consistent recovery state reached at 0/22000090',
  'database system is ready to accept read only connections',
  'record with zero length at 0/22000090',
  'fetching timeline history file for timeline 3 from primary server',
  'started streaming WAL from primary at 0/22000000 on timeline 2',
  'replication terminated by primary server',
  'DETAIL:  End of WAL reached on timeline 2 at 0/22000090.',
  'restored log file "00000003.history" from archive',
  'new target timeline is 3',
  'restarted WAL streaming at 0/22000000 on timeline 3',
  'redo starts at 0/22000090',
);

describe('a promotion', () => {
  it('of 9.3 and of 15, in all three formats', () => {
    const full = [
      'promote-requested',
      'redo-done',
      'last-transaction',
      'new-timeline',
      'archive-recovery-complete',
      'accepting-connections',
    ];
    expect(names(expectMessages(promotion93, promotion({ exactly: 2 })))).toEqual(full);
    for (const [name, format] of [
      ['15-promotion.stderr.txt', 'stderr'],
      ['15-promotion.csv', 'csvlog'],
      ['15-promotion.json.txt', 'jsonlog'],
    ] as const) {
      expect(names(expectMessages(recognisedIn(name, format), promotion({ above: 1 })))).toEqual(full);
      expect(firstForbidden(recognisedIn(name, format), forbidden.promotion)).toBeUndefined();
    }
  });

  it('of a standby that replayed nothing', () => {
    const found = quoted(
      'received promote request',
      'redo is not required',
      'selected new timeline ID: 7',
      'archive recovery complete',
      'database system is ready to accept connections',
    );
    expect(names(expectMessages(found, promotion({ above: 1 })))).toEqual([
      'promote-requested',
      'redo-not-required',
      'new-timeline',
      'archive-recovery-complete',
      'accepting-connections',
    ]);
  });

  it.each([0, 1, 3, 4, 5])('is not believed when line %i of it is missing', index => {
    const sequence = expectMessages(
      promotion93.filter((_, other) => other !== index),
      promotion({ exactly: 2 }),
    );
    expect(sequence.holds).toBe(false);
  });

  it("is not proved by another timeline's line", () => {
    expect(expectMessages(promotion93, promotion({ exactly: 3 }))).toEqual({
      holds: false,
      missing: 'new-timeline',
      after: 'redo-done',
      wrong: { name: 'new-timeline', field: 'timeline', expected: 'timeline 3', found: 'timeline 2' },
    });
    expect(expectMessages(promotion93, promotion({ above: 2 }))).toMatchObject({
      wrong: { expected: 'timeline above 2', found: 'timeline 2' },
    });
  });

  it('is not proved by a line of the postmaster that came before', () => {
    const [ready, ...rest] = [...promotion93].reverse();
    expect(ready?.name).toBe('accepting-connections');
    const sequence = expectMessages([...(ready ? [ready] : []), ...rest.reverse()], promotion({ exactly: 2 }));
    expect(sequence).toEqual({ holds: false, missing: 'accepting-connections', after: 'archive-recovery-complete' });
  });

  it('says what is missing, with its alternatives', () => {
    expect(expectMessages(quoted('received promote request'), promotion({ exactly: 2 }))).toEqual({
      holds: false,
      missing: 'redo-done or redo-not-required',
      after: 'promote-requested',
    });
    expect(expectMessages([], promotion({ exactly: 2 }))).toEqual({ holds: false, missing: 'promote-requested' });
  });
});

describe('a switchback', () => {
  it('of 9.3, with every optional line', () => {
    expect(names(expectMessages(switchback93, switchback({ timeline: 3, at: at('0/22000090') })))).toEqual([
      'was-shut-down',
      'entering-standby',
      'consistent-state',
      'read-only-connections',
      'new-target-timeline',
      'end-of-wal',
      'streaming-restarted',
      'redo-starts',
    ]);
  });

  it('of 15', () => {
    const found = recognisedIn('15-switchback.stderr.txt');
    expect(expectMessages(found, switchback({ timeline: 2, at: at('0/60000A0') })).holds).toBe(true);
    expect(firstForbidden(found, forbidden.switchback)).toBeUndefined();
  });

  it('where the archive had the new history already, so that only the end state shows', () => {
    const short = switchback93.filter(
      ({ name }) =>
        ![
          'history-fetched',
          'replication-terminated',
          'end-of-wal',
          'new-target-timeline',
          'streaming-restarted',
          'streaming-started',
        ].includes(name),
    );
    const found = [
      ...short.slice(0, 4),
      line('streaming-started', { lsn: '0/22000000', timeline: '3' }),
      ...short.slice(4),
    ];
    expect(expectMessages(found, switchback({ timeline: 3, at: at('0/22000090') })).holds).toBe(true);
  });

  it.each([
    ['another place', { timeline: 3, at: at('0/22000091') }, 'consistent-state'],
    ['another timeline', { timeline: 4 }, 'streaming-started or streaming-restarted'],
  ])('is not proved by lines about %s', (_, expected, missing) => {
    expect(expectMessages(switchback93, switchback(expected))).toMatchObject({ holds: false, missing });
  });

  it('needs no redo as long as the new primary has written nothing', () => {
    const idle = switchback93.filter(({ name }) => name !== 'redo-starts');
    expect(expectMessages(idle, switchback({ timeline: 3 })).holds).toBe(false);
    expect(expectMessages(idle, switchback({ timeline: 3, replays: false })).holds).toBe(true);
  });

  it('an optional line that is there must agree', () => {
    const found = switchback93.map(one =>
      one.name === 'end-of-wal' ? { ...one, fields: { timeline: '2', lsn: '0/22000100' } } : one,
    );
    expect(expectMessages(found, switchback({ timeline: 3, at: at('0/22000090') }))).toMatchObject({
      holds: false,
      missing: 'end-of-wal',
      wrong: { expected: 'lsn 0/22000090', found: 'lsn 0/22000100' },
    });
  });

  it('sees the line that must not be there', () => {
    expect(firstForbidden(promotion93, forbidden.switchback)?.name).toBe('new-timeline');
  });
});

describe('recovery to a target, and what is rebuilt from it', () => {
  const found = recognisedIn('15-pitr.stderr.txt');

  it('of 15', () => {
    const stop = { side: 'before', xid: '3529', time: { above: '2026-11-21 11:20:08.042982+00' } };
    expect(expectMessages(found, pitrEnd({ timeline: { above: 2 }, stop })).holds).toBe(true);
    expect(firstForbidden(found, forbidden.pitr)).toBeUndefined();
  });

  it('is not believed without the line that says where it stopped', () => {
    const without = found.filter(({ name }) => name !== 'recovery-stopping');
    expect(expectMessages(without, pitrEnd({ timeline: { above: 1 } }))).toMatchObject({
      missing: 'recovery-stopping',
      after: 'consistent-state',
    });
    expect(expectMessages(without, pitrEnd({ timeline: { above: 1 }, target: false })).holds).toBe(true);
  });

  it('is not believed where it stopped elsewhere', () => {
    expect(expectMessages(found, pitrEnd({ timeline: { above: 1 }, stop: { side: 'after' } }))).toMatchObject({
      wrong: { expected: 'side after', found: 'side before' },
    });
  });

  it('a rebuilt standby that promoted itself is seen', () => {
    const lines = quoted(
      'database system was interrupted; last known up at 2026-11-21 11:20:03 UTC',
      'entering standby mode',
      'redo starts at 0/3000028',
      'consistent recovery state reached at 0/3050660',
      'started streaming WAL from primary at 0/4000000 on timeline 4',
    );
    expect(expectMessages(lines, rebuild(4)).holds).toBe(true);
    expect(expectMessages(lines, rebuild(5)).holds).toBe(false);
    expect(firstForbidden([...lines, line('recovery-stopping')], forbidden.rebuild)?.name).toBe('recovery-stopping');
  });
});

describe('order', () => {
  it('counts between lines of one pid, whatever they are', () => {
    const expected = [one('in-recovery-mode'), one('no-space')];
    expect(expectMessages([line('no-space', {}, 7), line('in-recovery-mode', {}, 7)], expected).holds).toBe(false);
    expect(expectMessages([line('no-space', {}, 7), line('in-recovery-mode', {}, 8)], expected).holds).toBe(true);
  });

  it('counts between two startup processes, for there is one at a time', () => {
    const expected = [one('was-shut-down'), one('redo-starts')];
    expect(expectMessages([line('redo-starts', {}, 1), line('was-shut-down', {}, 2)], expected).holds).toBe(false);
  });

  it('does not count between processes where neither line causes the other', () => {
    const expected = [one('new-target-timeline'), one('end-of-wal')];
    expect(expectMessages([line('end-of-wal'), line('new-target-timeline')], expected).holds).toBe(true);
  });

  it('an optional line that comes again later does not push out what follows', () => {
    const expected = [one('redo-done'), { ...one('last-transaction'), optional: true }, one('new-timeline')];
    const found = [line('redo-done'), line('new-timeline'), line('last-transaction')];
    expect(names(expectMessages(found, expected))).toEqual(['redo-done', 'new-timeline']);
  });

  it('one line does not satisfy two expectations', () => {
    expect(expectMessages([line('redo-starts')], [one('redo-starts'), one('redo-starts')]).holds).toBe(false);
  });

  it('compares by value: LSNs in any spelling, numbers as numbers, times across zones', () => {
    const stop = line('recovery-stopping', { lsn: '0/0A', xid: '10', time: '2013-09-24 16:45:04.5+09' });
    const rules: Record<string, string | { atLeast: string } | { above: string }>[] = [
      { lsn: '0/A' },
      { xid: { atLeast: '9' } },
      { time: { above: '2013-09-24 07:45:04+00' } },
      { time: '2013-09-24 07:45:04.500+00' },
    ];
    for (const fields of rules)
      expect(expectMessages([stop], [{ any: [{ name: 'recovery-stopping', fields }] }]).holds).toBe(true);
    for (const fields of [
      { lsn: '0/B' },
      { xid: { above: '10' } },
      { time: { above: '2013-09-24 16:45:05+09' } },
      { name: 'x' },
    ]) {
      expect(expectMessages([stop], [{ any: [{ name: 'recovery-stopping', fields }] }]).holds).toBe(false);
    }
  });
});
