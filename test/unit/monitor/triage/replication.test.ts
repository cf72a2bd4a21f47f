// What ails the replication of a pair whose servers are both well, and a pair that is well altogether.

import { describe, expect, it } from 'vitest';
import type { NodeName } from '../../../../src/ports.ts';
import { type Instant, ms, seconds } from '../../../../src/time.ts';
import {
  causesIn,
  type Changes,
  cluster,
  downWith,
  found,
  history,
  lsn,
  now,
  primary,
  silent,
  standby,
} from './support.ts';
import { triage } from '../../../../src/monitor/triage/index.ts';

const ready = 'LOG:  database system is ready to accept read-only connections';
const refusal = (why: string): string =>
  `FATAL:  could not connect to the primary server: connection to server at "node1", port 5432 failed: ${why}`;

const cut = (changes: Changes): ReturnType<typeof standby> =>
  standby('node2', { ...changes, said: { receiver: null, ...changes.said } });

it('a healthy pair has nothing to do, whatever its log says of yesterday', () => {
  const yesterday = [refusal('FATAL:  password authentication failed for user "repuser"'), ready];
  expect(triage(cluster(primary('node1'), standby('node2', { log: yesterday })))).toEqual([]);
});

describe('a standby that does not stream', () => {
  it.each([
    [
      'slot-lost',
      'FATAL:  could not start WAL streaming: ERROR:  replication slot "node2" does not exist',
      'rejoin --bind node=node2',
    ],
    [
      'wal-removed',
      'FATAL:  could not receive data from WAL stream: ERROR:  requested WAL segment 000000010000000000000001 has already been removed',
      'rebuild-standby --bind node=node2',
    ],
    [
      'not-a-child',
      'FATAL:  highest timeline 1 of the primary is behind recovery timeline 2',
      'rejoin --bind node=node2',
    ],
    ['password-wrong', refusal('FATAL:  password authentication failed for user "repuser"'), null],
    [
      'not-admitted',
      refusal(
        'FATAL:  no pg_hba.conf entry for replication connection from host "node2", user "repuser", no encryption',
      ),
      null,
    ],
    ['link-cut', refusal('Connection refused'), null],
    [
      'other-system',
      'FATAL:  database system identifier differs between the primary and standby',
      'rebuild-standby --bind node=node2',
    ],
  ] as const)('%s', (cause, line, book) => {
    const nodes = [primary('node1'), cut({ log: [ready, line] })];
    expect(causesIn(...nodes)).toEqual([`node2 ${cause}`]);
    const finding = found(cause, ...nodes);
    expect(finding.book).toBe(book === null ? null : `lifeboat run ${book}`);
    expect(finding.evidence[0]).toMatchObject({ on: 'node2', file: '/log/postgresql.log', text: line });
  });

  it('goes by the facts of the slot where the log speaks of its consequence', () => {
    const removed =
      'FATAL:  could not receive data from WAL stream: ERROR:  requested WAL segment 000000010000000000000001 has already been removed';
    const slots = [{ name: 's2', active: false, restart: null, walStatus: 'lost', held: null }];
    const nodes = [primary('node1', { details: { slots } }), cut({ log: [removed], details: { slotName: 's2' } })];
    expect(causesIn(...nodes)).toContain('node2 slot-lost');
    expect(found('slot-lost', ...nodes)).toMatchObject({ certainty: 'sure', evidence: [{ on: 'node1' }, {}, {}] });
  });

  it('is sure of a cut link once the standby itself gets no answer, and drops the guess where it does', () => {
    const upstream = { address: 'node1', port: 5432, node: 'node1' as NodeName };
    const silence = cut({ log: [ready], rest: { upstream: { ...upstream, answer: 'no-response' } } });
    expect(found('link-cut', primary('node1'), silence).certainty).toBe('sure');
    const answer = cut({
      log: [ready, refusal('timeout expired')],
      rest: { upstream: { ...upstream, answer: 'accepting' } },
    });
    expect(causesIn(primary('node1'), answer)).toEqual(['node2 not-streaming']);
  });

  it('is not blamed for a primary that is down', () => {
    const lost = primary('node1', { survey: silent('no SSH connection', true) });
    expect(causesIn(lost, cut({ log: [ready, refusal('Connection refused')] }))).toEqual(['node1 host-gone']);
  });

  it('never shows the password in its primary_conninfo', () => {
    const settings = { primary_conninfo: 'host=node1 user=repuser password=geheim' };
    const finding = found(
      'password-wrong',
      primary('node1'),
      cut({ said: { settings }, log: [refusal('FATAL:  password authentication failed for user "repuser"')] }),
    );
    expect(JSON.stringify(finding.evidence)).toContain('<secret>');
    expect(JSON.stringify(finding.evidence)).not.toContain('geheim');
  });
});

describe('a standby that follows a node that is not the primary', () => {
  const following = (node: string, changes: Changes = {}): ReturnType<typeof standby> =>
    standby('node3', {
      ...changes,
      rest: { upstream: { address: node, port: 5432, node: node as NodeName, answer: 'accepting' } },
    });

  it('is told whom it follows and whom it should', () => {
    const settings = { primary_conninfo: 'host=node2 user=repuser password=geheim' };
    const nodes = [primary('node1'), standby('node2'), following('node2', { said: { receiver: null, settings } })];
    expect(causesIn(...nodes)).toEqual(['node3 wrong-upstream']);
    const finding = found('wrong-upstream', ...nodes);
    expect(finding.words).toBe('It follows node2, and the primary is node1.');
    expect(finding).toMatchObject({ seriousness: 'degraded', book: 'lifeboat run rejoin --bind node=node3' });
    expect(finding.evidence[0]?.text).toContain('host=node2 user=repuser');
    expect(JSON.stringify(finding)).not.toContain('geheim');
  });

  it('also where that one lies fenced, and not where it is a cascade that is fed', () => {
    const former = primary('node2', { survey: downWith('shut down', { fence: 'node1 is the primary now' }) });
    const lonely = following('node2', { said: { receiver: null } });
    expect(causesIn(primary('node1'), former, lonely)).toContain('node3 wrong-upstream');
    expect(causesIn(primary('node1'), standby('node2'), following('node2'))).toEqual([]);
    expect(causesIn(primary('node1'), standby('node2'), following('node1'))).toEqual([]);
  });
});

describe('timelines', () => {
  const two = history(2, '1\t0/2000000\tno recovery target specified\n');

  it('two primaries, and where their ways part', () => {
    const nodes = [
      primary('node1', { said: { written: lsn('0/2100000') } }),
      primary('node2', { said: { timeline: 2, written: lsn('0/2000200') }, disks: { histories: [two] } }),
    ];
    expect(causesIn(...nodes)).toEqual(['node1 two-primaries', 'node2 two-primaries']);
    const { words, loses, book } = found('two-primaries', ...nodes);
    expect(words).toContain('timeline 1 at 0/2000000');
    expect(loses).toMatchObject({ is: 'known', loss: { bytes: 0x100000 } });
    expect(book).toBe('lifeboat run rejoin --bind node=node1');
  });

  it('both promoted to timeline 2 apart: told from one another by where each began', () => {
    const other = history(2, '1\t0/1800000\tno recovery target specified\n');
    const nodes = [
      primary('node1', { said: { timeline: 2 }, disks: { histories: [two] } }),
      primary('node2', { said: { timeline: 2 }, disks: { histories: [other] } }),
    ];
    expect(found('two-primaries', ...nodes).words).toContain('timeline 1 at 0/1800000');
  });

  it('a standby beyond the point to which its primary was taken back', () => {
    const back = history(2, '1\t0/2000000\tat restore point "before the mistake"\n');
    const nodes = [primary('node1', { said: { timeline: 2 }, disks: { histories: [back] } }), cut({})];
    expect(causesIn(...nodes)).toEqual(['node2 wrong-timeline']);
    expect(found('wrong-timeline', ...nodes).words).toContain('before the mistake');
  });

  it('a standby ahead of a promotion elsewhere, and one that was promoted itself', () => {
    const ahead = [primary('node1', { said: { timeline: 2 }, disks: { histories: [two] } }), cut({})];
    expect(causesIn(...ahead)).toEqual(['node2 not-a-child']);
    const stray = [primary('node1'), cut({ said: { timeline: 2 }, disks: { histories: [two] } })];
    expect(causesIn(...stray)).toEqual(['node2 not-a-child']);
  });

  it('a standby that has not come to the fork yet can follow', () => {
    const at = lsn('0/1FFFF00');
    const nodes = [
      primary('node1', { said: { timeline: 2 }, disks: { histories: [two] } }),
      standby('node2', { said: { received: at, replayed: at } }),
    ];
    expect(causesIn(...nodes)).toEqual([]);
  });
});

describe('a pair that replicates, and not as it should', () => {
  it('replay paused', () => {
    const node = standby('node2', { said: { replayPaused: true }, log: ['LOG:  recovery has paused'] });
    const { byHand, seriousness } = found('replay-paused', primary('node1'), node);
    expect([byHand[0]?.includes('pg_wal_replay_resume()'), seriousness]).toEqual([true, 'degraded']);
  });

  it('behind, and why', () => {
    const far = primary('node1', { said: { written: lsn('0/4000000') } });
    expect(found('standby-behind', far, standby('node2'))).toMatchObject({ seriousness: 'wait', book: null });
    const still = [{ pid: 5, state: 'T', command: 'postgres: node2: startup recovering 000000010000000000000002' }];
    const stopped = standby('node2', { survey: { processes: still } });
    expect(found('standby-behind', far, stopped)).toMatchObject({
      seriousness: 'degraded',
      byHand: ['on node2: kill -CONT 5'],
    });
    const late = standby('node2', { details: { applyDelay: seconds(3600) } });
    expect(found('standby-behind', far, late).words).toContain('1 h late on purpose');
  });

  it('commits that wait for a standby that is gone', () => {
    const settings = { synchronous_standby_names: 'ANY 1 (node2)' };
    const waits = { syncWaits: { sessions: 3, longest: ms(4000) } };
    const gone = standby('node2', { survey: downWith('shut down in recovery', { standbySignal: true }) });
    expect(causesIn(primary('node1', { said: { settings }, details: waits }), gone)).toEqual([
      'node1 sync-blocked',
      'node2 stopped',
    ]);
  });

  it('an archive that fails, and one that failed once', () => {
    const archiver = { failed: 3, lastFailed: '000000010000000000000001', lastFailedAt: now, lastArchivedAt: null };
    expect(causesIn(primary('node1', { details: { archiver } }), standby('node2'))).toEqual(['node1 archive-failing']);
    const mended = { ...archiver, lastArchivedAt: '2026-11-21T15:00:01Z' as Instant };
    expect(causesIn(primary('node1', { details: { archiver: mended } }), standby('node2'))).toEqual([]);
  });

  it('nobody is the primary', () => {
    const further = standby('node2', { said: { received: lsn('0/3000000') } });
    expect(causesIn(standby('node1', { rest: { upstream: null } }), further)).toEqual(['node2 no-primary']);
  });

  it('a run that was cut off, told once', () => {
    const lock = { run: 'r1', token: 't', owner: 'ada@laptop', pid: 1, book: 'failover', age: seconds(300) };
    const nodes = [primary('node1', { survey: { lock } }), standby('node2', { survey: { lock } })];
    expect(causesIn(...nodes)).toEqual(['node1 run-unfinished']);
    expect(found('run-unfinished', ...nodes).book).toBe('lifeboat resume r1');
  });
});
