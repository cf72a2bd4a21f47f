// Why a server does not serve: each cause from what a real log says, with its evidence and its book.

import { describe, expect, it } from 'vitest';
import { bytes, seconds } from '../../../../src/time.ts';
import { timeline } from '../../../../src/postgres/timeline.ts';
import { causesIn, control, downWith, found, log, lsn, primary, silent, standby } from './support.ts';

const up = 'LOG:  database system is ready to accept connections';
const failure = 'LOG:  shutting down due to startup process failure';
const down = 'LOG:  database system is shut down';
const there = standby('node2', { rest: { upstream: null } });

describe('a primary that is down', () => {
  it.each([
    ['stopped', 'shut down', [up, 'LOG:  received fast shutdown request', 'LOG:  shutting down', down], {}],
    ['stopped', 'in production', [up, 'LOG:  received immediate shutdown request', down], {}],
    ['killed', 'in production', [up], {}],
    [
      'wal-unwritable',
      'in production',
      [
        up,
        'PANIC:  could not create file "pg_wal/xlogtemp.1": Permission denied',
        'LOG:  redo starts at 0/2000028',
        'FATAL:  could not create file "pg_wal/xlogtemp.2": Permission denied',
        failure,
        down,
      ],
      { walWritable: false },
    ],
    [
      'wal-full',
      'in production',
      [up, 'PANIC:  could not write to file "pg_wal/xlogtemp.1": No space left on device', failure, down],
      { free: { data: bytes(2 ** 30), wal: bytes(0) } },
    ],
    [
      'wal-corrupt',
      'in production',
      [
        'LOG:  record with incorrect prev-link FFFFFFFF/FE88CC3F at 0/17734A8',
        'LOG:  invalid primary checkpoint record',
        'PANIC:  could not locate a valid checkpoint record',
        failure,
        down,
      ],
      {},
    ],
    [
      'data-corrupt',
      'in crash recovery',
      [
        'PANIC:  WAL contains references to invalid pages',
        'LOG:  startup process (PID 5) was terminated by signal 6: Aborted',
        failure,
        down,
      ],
      {},
    ],
    [
      'archive-short-file',
      'in archive recovery',
      ['FATAL:  archive file "000000010000000000000007" has wrong size: 262144 instead of 16777216', failure, down],
      {},
    ],
    ['bad-setting', 'shut down', ['FATAL:  configuration file "/data/postgresql.conf" contains errors'], {}],
    [
      'recovery-target',
      'shut down in recovery',
      ['LOG:  starting point-in-time recovery to 2013-09-24 16:45:04+09', 'LOG:  shutdown at recovery target', down],
      {},
    ],
    ['down', 'in production', ['PANIC:  something that nobody has seen before', failure, down], {}],
  ] as const)('%s (%s)', (cause, state, lines, more) => {
    const node = primary('node1', {
      survey: downWith(state, more),
      log: ['LOG:  starting PostgreSQL 15.18 on x86', ...lines],
    });
    expect(causesIn(node, there)).toEqual([`node1 ${cause}`]);
    const finding = found(cause, node, there);
    expect(finding.seriousness).toBe('outage');
    expect(finding.evidence.some(({ file, offset }) => file === '/log/postgresql.log' && offset !== undefined)).toBe(
      true,
    );
    if (cause !== 'recovery-target') {
      expect(finding.book).toBe('lifeboat run failover');
      expect(finding.loses).toEqual({ is: 'failover', lost: 'node1', candidate: 'node2' });
    }
  });

  it('without a control file that can be read, is damaged and not merely stopped', () => {
    const lines = ['LOG:  received fast shutdown request', down, 'FATAL:  incorrect checksum in control file'];
    const survey = downWith('shut down', { control: control('shut down', { intact: false }) });
    const node = primary('node1', { survey, log: ['LOG:  starting PostgreSQL 15.18 on x86', up, ...lines] });
    expect(causesIn(node, there)).toEqual(['node1 data-corrupt']);
    expect(found('data-corrupt', node, there).evidence.map(({ text }) => text)).toContain(
      'FATAL:  incorrect checksum in control file',
    );
  });

  it('with sessions that outlived the postmaster, warns that they commit', () => {
    const processes = [{ pid: 9, state: 'R', command: 'postgres: node1: app postgres [local] DO' }];
    const node = primary('node1', { survey: downWith('in production', { processes }), log: [up] });
    const finding = found('killed', node, there);
    expect(finding.certainty).toBe('sure');
    expect(finding.byHand).toEqual([]);
    expect(finding.evidence[0]?.text).toContain('process 9 without a postmaster');
  });

  it('has lost its data directory', () => {
    expect(
      causesIn(primary('node1', { survey: downWith('in production', { data: 'absent', control: null }) }), there),
    ).toEqual(['node1 data-lost']);
  });

  it('is not started beside the one that took its place', () => {
    const node = primary('node1', {
      survey: downWith('shut down'),
      log: [up, 'LOG:  received fast shutdown request', down],
    });
    const finding = found('stopped', node, primary('node2', { said: { timeline: 2 } }));
    expect(finding).toMatchObject({
      seriousness: 'degraded',
      book: 'lifeboat run rejoin --bind node=node1',
      byHand: [],
      loses: null,
    });
  });

  it('that is fenced is nothing but fenced', () => {
    const node = primary('node1', {
      survey: downWith('shut down', { fence: 'run 7: node2 is the primary' }),
      log: [up],
    });
    expect(causesIn(node, primary('node2', { said: { timeline: 2 } }))).toEqual(['node1 fenced']);
  });

  it('that is fenced while nobody is the primary belongs to a run that was cut off: there is nothing to rejoin', () => {
    const node = primary('node1', { survey: downWith('shut down', { fence: 'it stepped down for node2' }), log: [up] });
    expect(causesIn(node, there)).toEqual(['node1 fenced']);
    const finding = found('fenced', node, there);
    expect(finding).toMatchObject({ seriousness: 'outage', book: null });
    expect(finding.byHand.join('\n')).toMatch(/lifeboat resume RUN.*lifeboat undo RUN\n.*lifeboat run failover$/s);
  });

  it('leaves nobody to promote', () => {
    const node = primary('node1', { survey: downWith('shut down'), log: [] });
    expect(found('stopped', node).book).toBeNull();
  });
});

describe('a primary that lives and does not serve', () => {
  it('is frozen, by the state of its postmaster', () => {
    const survey = {
      server: silent('no answer'),
      ready: 'no-response' as const,
      processes: [{ pid: 77, state: 'T', command: 'postgres' }],
    };
    const finding = found('frozen', primary('node1', { survey }), there);
    expect(finding).toMatchObject({
      certainty: 'sure',
      book: 'lifeboat run failover',
      byHand: ['on node1: kill -CONT 77'],
    });
  });

  it('is in crash recovery, and tells how far', () => {
    const survey = {
      server: silent('starting'),
      ready: 'rejecting' as const,
      control: control('in crash recovery'),
      processes: [{ pid: 78, state: 'R', command: 'postgres: node1: startup recovering 000000010000000000000004' }],
    };
    const node = primary('node1', {
      survey: { ...survey, at: '2026-11-21T14:59:11Z' as never },
      log: [up, 'LOG:  redo starts at 0/2000000'],
      disks: { newestSegment: '000000010000000000000009' },
    });
    const finding = found('crash-recovery', node, there);
    expect(finding.book).toBeNull();
    // Three segments of eight are not reached yet after ten seconds for the first two.
    expect(finding.wait?.progress).toEqual({ done: 2 * 16 * 1024 ** 2, of: 8 * 16 * 1024 ** 2, left: seconds(30) });
  });

  it('refuses everybody for a damaged page', () => {
    const node = primary('node1', {
      survey: { server: silent('invalid page in block 0 of relation global/1262 (SQLSTATE XX001)') },
      details: null,
      log: [up, 'FATAL:  invalid page in block 0 of relation global/1262'],
    });
    const finding = found('data-corrupt', node, there);
    expect(finding.book).toBe('lifeboat run failover');
    expect(finding.first[0]).toContain('stop');
  });

  it('is gone with its host, for every witness', () => {
    const node = primary('node1', { survey: silent('no SSH connection', true) });
    const alone = found('host-gone', node, there);
    expect(alone).toMatchObject({ certainty: 'likely', book: 'lifeboat run failover --accept-unfenced node1' });
    const witnesses = [...node.witnesses, { from: 'node2' as never, answer: 'no-response' as const }];
    expect(found('host-gone', { ...node, witnesses }, there).certainty).toBe('sure');
    const reached = [...node.witnesses, { from: 'node2' as never, answer: 'accepting' as const }];
    expect(causesIn({ ...node, witnesses: reached }, there)).toEqual(['node1 not-seen']);
  });
});

describe('no room in the data directory', () => {
  const little = { data: bytes(2 ** 20), wal: bytes(2 ** 30) };
  const nothing = 'FATAL:  could not write to file "base/5/pg_internal.init.7": No space left on device';

  it('under a server that serves: writes fail one by one, and no book makes room', () => {
    const node = primary('node1', { survey: { free: little }, log: [up] });
    expect(causesIn(node, there)).toEqual(['node1 data-full']);
    const { certainty, seriousness, book, byHand, evidence } = found('data-full', node, there);
    expect([certainty, seriousness, book]).toEqual(['sure', 'danger', null]);
    expect(evidence).toEqual([{ on: 'node1', file: '/data', text: '1 MB are free on its file system' }]);
    expect(byHand).toEqual([expect.stringContaining('make room on the file system of /data')]);
  });

  it('of a server that went down with it: what it said last, and how to start it again', () => {
    const log = ['LOG:  starting PostgreSQL 15.18 on x86', nothing, failure, down];
    const node = primary('node1', { survey: downWith('in production', { free: little }), log });
    const finding = found('data-full', node, there);
    expect(finding).toMatchObject({ certainty: 'sure', seriousness: 'outage', book: 'lifeboat run failover' });
    expect(finding.evidence[1]).toMatchObject({ file: '/log/postgresql.log', text: nothing });
    expect(finding.byHand[1]).toMatch(/^on node1: \/bin\/pg_ctl .* start$/);
    // Beside a new primary it is not started: it comes back as a standby.
    const late = found('data-full', node, primary('node2', { said: { timeline: 2 } }));
    expect(late).toMatchObject({ seriousness: 'degraded', book: 'lifeboat run rejoin --bind node=node1' });
    expect(late.byHand).toHaveLength(1);
  });

  it('is only likely where there is room again, and is called by the graver name where WAL lies on the same disk', () => {
    const log = ['LOG:  starting PostgreSQL 15.18 on x86', nothing, failure, down];
    const node = primary('node1', { survey: downWith('in production'), log });
    expect(found('data-full', node, there).certainty).toBe('likely');
    const full = { free: { data: bytes(0), wal: bytes(0) } };
    expect(causesIn(primary('node1', { survey: full, log: [up] }), there)).toEqual(['node1 wal-full']);
    expect(causesIn(primary('node1', { log: [up, 'ERROR:  could not extend file: disk quota'] }), there)).toEqual([]);
  });
});

describe('a server that turns clients away, and will not for long', () => {
  const rejecting = { server: silent('the database system is starting up'), ready: 'rejecting' as const };

  it('is starting up, as a primary', () => {
    const node = primary('node1', {
      survey: { ...rejecting, control: control('shut down') },
      log: ['LOG:  starting PostgreSQL 15.18 on x86'],
    });
    expect(causesIn(node, there)).toEqual(['node1 starting-up']);
    const finding = found('starting-up', node, there);
    expect(finding).toMatchObject({ seriousness: 'outage', book: null, wait: { until: 'it accepts connections' } });
    expect(finding.words).toContain('is starting');
    expect(finding.evidence.map(({ text }) => text)).toEqual([
      'pg_isready on the node itself: rejecting',
      'LOG:  starting PostgreSQL 15.18 on x86',
    ]);
  });

  it('is starting up, as a standby that is not consistent yet: where it will be, and what it reads', () => {
    const minRecoveryEnd = { lsn: lsn('0/5000148'), timeline: timeline(1) };
    const node = standby('node2', {
      survey: {
        ...rejecting,
        control: control('in archive recovery', { minRecoveryEnd }),
        processes: [{ pid: 78, state: 'S', command: 'postgres: node2: startup recovering 000000010000000000000004' }],
      },
      log: ['LOG:  starting PostgreSQL 15.18 on x86', 'LOG:  entering standby mode', 'LOG:  redo starts at 0/2000028'],
    });
    expect(causesIn(primary('node1'), node)).toEqual(['node2 starting-up']);
    const finding = found('starting-up', primary('node1'), node);
    expect(finding.seriousness).toBe('wait');
    expect(finding.words).toContain('before its data are consistent, which is at 0/5000148');
    const seen = finding.evidence.map(({ text }) => text);
    expect(seen).toContain('postgres: node2: startup recovering 000000010000000000000004');
    expect(seen).toContain('LOG:  entering standby mode');
  });

  it('is shutting down: what it waits for, and that this cannot be taken back', () => {
    const ending = (how: string, toArchive = 0) =>
      primary('node1', {
        survey: { server: silent('the database system is shutting down'), ready: 'rejecting' },
        log: ['LOG:  starting PostgreSQL 15.18 on x86', up, `LOG:  received ${how} shutdown request`],
        disks: { toArchive },
      });
    expect(causesIn(ending('fast'), there)).toEqual(['node1 shutting-down']);
    const finding = found('shutting-down', ending('fast', 3), there);
    expect(finding).toMatchObject({ certainty: 'sure', seriousness: 'outage', book: null });
    expect(finding.words).toMatch(/cannot be taken back\. It waits for its last checkpoint, and for 3 segments to be/);
    expect(finding.evidence[0]?.text).toBe('LOG:  received fast shutdown request');
    expect(finding.wait?.until).toBe('it is down');
    expect(found('shutting-down', ending('smart'), there).words).toContain('waits for its clients to leave');
    const second = found('shutting-down', ending('fast'), primary('node2', { said: { timeline: 2 } }));
    expect(second.seriousness).toBe('wait');
  });

  it('was told to stop yesterday, and serves: nothing', () => {
    const log = ['LOG:  received fast shutdown request', down, 'LOG:  starting PostgreSQL 15.18 on x86', up];
    expect(causesIn(primary('node1', { log }), there)).toEqual([]);
  });
});

it('a page that is damaged under a primary at work calls for a switchover', () => {
  const node = primary('node1', { log: [up, 'ERROR:  invalid page in block 7 of relation base/5/16384'] });
  expect(found('data-corrupt', node, there)).toMatchObject({ seriousness: 'danger', book: 'lifeboat run switchover' });
});

it('quotes a line with the byte it begins at', () => {
  const [first, second] = log('LOG:  redo starts at 0/2000028', up);
  expect(first?.offset).toBe(1000);
  expect(second?.offset).toBeGreaterThan(1000);
});
