// The catalogue recognises every line that the procedures quote, in the wording of 9.3 and of 13 to 18.
import { describe, expect, it } from 'vitest';
import type { LogEntry, Severity } from '../../../src/postgres/log-entry.ts';
import {
  fieldsOf,
  meaningOf,
  messageKind,
  messageNames,
  recognise,
  recogniseAll,
} from '../../../src/postgres/messages.ts';
import type { MessageName } from '../../../src/postgres/messages.ts';
import { recognisedIn } from './fixture.ts';

type Row = [MessageName, string, Record<string, string>?, Severity?];

const time = '2013-09-20 16:34:13.988285+09';

/** Each as the old or the new server words it. */
const rows: Row[] = [
  ['archive-command-failed', 'archive command failed with exit code 1', { code: '1' }],
  ['archive-command-killed', 'archive command was terminated by signal 3: Quit', { signal: '3' }, 'FATAL'],
  ['archiver-exited', 'archiver process (PID 12622) exited with exit code 1', { code: '1' }],
  ['reinitializing', 'all server processes terminated; reinitializing'],
  [
    'interrupted',
    'database system was interrupted; last known up at 2013-10-15 12:09:53 JST',
    { time: '2013-10-15 12:09:53 JST' },
  ],
  ['not-properly-shut-down', 'database system was not properly shut down; automatic recovery in progress'],
  ['redo-starts', 'redo starts at 1/20FFF688', { lsn: '1/20FFF688' }],
  ['redo-done', 'redo done at 1/3AFFE418', { lsn: '1/3AFFE418' }],
  [
    'redo-done',
    'redo done at 0/6000028 system usage: CPU: user: 0.06 s, system: 0.10 s, elapsed: 5.84 s',
    { lsn: '0/6000028' },
  ],
  ['last-transaction', `last completed transaction was at log time ${time}`, { time }],
  ['in-recovery-mode', 'the database system is in recovery mode', {}, 'FATAL'],
  ['starting-up', 'the database system is starting up', {}, 'FATAL'],
  ['stopping-rejects', 'the database system is shutting down', {}, 'FATAL'],
  ['not-accepting', 'the database system is not yet accepting connections', {}, 'FATAL'],
  [
    'cannot-link-file',
    'could not link file "pg_xlog/0000000100000000000000C1" to "pg_xlog/00000001000000010000003B" (initialization of log file): 許可がありません',
    { file: 'pg_xlog/0000000100000000000000C1', target: 'pg_xlog/00000001000000010000003B' },
  ],
  [
    'cannot-link-file',
    'could not link file "pg_wal/xlogtemp.1" to "pg_wal/00000001000000010000003B": Permission denied',
    { file: 'pg_wal/xlogtemp.1', target: 'pg_wal/00000001000000010000003B' },
  ],
  [
    'cannot-link-file',
    'could not rename file "pg_wal/a" to "pg_wal/b": Permission denied',
    { file: 'pg_wal/a', target: 'pg_wal/b' },
  ],
  [
    'cannot-remove-file',
    'could not remove old transaction log file "pg_xlog/0000000100000000000000C1": 許可がありません',
    { file: 'pg_xlog/0000000100000000000000C1' },
  ],
  [
    'cannot-create-file',
    'could not create file "pg_xlog/xlogtemp.13235": 許可がありません',
    { file: 'pg_xlog/xlogtemp.13235' },
    'FATAL',
  ],
  [
    'cannot-create-file',
    'could not create file "pg_wal/xlogtemp.3660": Permission denied',
    { file: 'pg_wal/xlogtemp.3660' },
    'PANIC',
  ],
  ['startup-exited', 'startup process (PID 13235) exited with exit code 1', { code: '1' }],
  ['startup-killed', 'startup process (PID 13235) was terminated by signal 6: Aborted', { signal: '6' }],
  ['startup-killed', 'startup process was terminated by signal 6: Aborted', { signal: '6' }],
  ['startup-failed', 'aborting startup due to startup process failure'],
  ['startup-failed', 'shutting down due to startup process failure'],
  ['server-process-killed', 'server process (PID 3660) was terminated by signal 6: Aborted', { signal: '6' }],
  ['server-process-killed', 'client backend (PID 3660) was terminated by signal 9: Killed', { signal: '9' }],
  ['terminating-others', 'terminating any other active server processes'],
  [
    'no-pg-hba-entry',
    'no pg_hba.conf entry for host "172.16.3.101", user "postgres", database "postgres"',
    { host: '172.16.3.101', user: 'postgres' },
    'FATAL',
  ],
  [
    'no-pg-hba-entry',
    'no pg_hba.conf entry for host "172.16.3.101", user "postgres", database "postgres", no encryption',
    { host: '172.16.3.101', user: 'postgres' },
    'FATAL',
  ],
  [
    'no-pg-hba-entry',
    'no pg_hba.conf entry for host "172.16.3.101", user "postgres", database "postgres", SSL off',
    { host: '172.16.3.101', user: 'postgres' },
    'FATAL',
  ],
  [
    'no-pg-hba-entry',
    'no pg_hba.conf entry for replication connection from host "::1", user "repuser", no encryption',
    { host: '::1', user: 'repuser' },
    'FATAL',
  ],
  ['promote-requested', 'received promote request'],
  ['promote-requested', 'trigger file found: /tmp/trigger', { file: '/tmp/trigger' }],
  ['promote-requested', 'promote trigger file found: /tmp/trigger', { file: '/tmp/trigger' }],
  ['redo-not-required', 'redo is not required'],
  ['new-timeline', 'selected new timeline ID: 2', { timeline: '2' }],
  ['archive-recovery-complete', 'archive recovery complete'],
  ['accepting-connections', 'database system is ready to accept connections'],
  ['was-shut-down', 'database system was shut down at 2013-09-24 16:24:59 JST', { time: '2013-09-24 16:24:59 JST' }],
  [
    'was-shut-down-in-recovery',
    'database system was shut down in recovery at 2026-11-21 11:20:10 UTC',
    { time: '2026-11-21 11:20:10 UTC' },
  ],
  [
    'shutdown-interrupted',
    'database system shutdown was interrupted; last known up at 2026-11-21 11:20:10 UTC',
    { time: '2026-11-21 11:20:10 UTC' },
  ],
  [
    'interrupted-in-recovery',
    'database system was interrupted while in recovery at log time 2026-11-21 11:17:12 UTC',
    { time: '2026-11-21 11:17:12 UTC' },
  ],
  [
    'interrupted-in-recovery',
    'database system was interrupted while in recovery at 2026-11-21 11:17:12 UTC',
    { time: '2026-11-21 11:17:12 UTC' },
  ],
  ['entering-standby', 'entering standby mode'],
  ['restored-log-file', 'restored log file "00000002.history" from archive', { file: '00000002.history' }],
  ['consistent-state', 'consistent recovery state reached at 0/22000090', { lsn: '0/22000090' }],
  ['read-only-connections', 'database system is ready to accept read only connections'],
  ['read-only-connections', 'database system is ready to accept read-only connections'],
  ['invalid-record', 'record with zero length at 0/22000090', { lsn: '0/22000090' }],
  ['invalid-record', 'invalid record length at 0/60000A0: wanted 24, got 0', { lsn: '0/60000A0' }],
  ['invalid-record', 'invalid record length at 0/60000A0: expected at least 24, got 0', { lsn: '0/60000A0' }],
  [
    'invalid-record',
    'unexpected pageaddr 0/6000000 in log segment 000000020000000000000006, offset 40960',
    { lsn: '0/6000000' },
  ],
  [
    'invalid-record',
    'unexpected pageaddr 0/6000000 in WAL segment 000000020000000000000006, LSN 0/600A000, offset 40960',
    { lsn: '0/600A000' },
  ],
  ['history-fetched', 'fetching timeline history file for timeline 3 from primary server', { timeline: '3' }],
  [
    'streaming-started',
    'started streaming WAL from primary at 0/22000000 on timeline 2',
    { lsn: '0/22000000', timeline: '2' },
  ],
  ['replication-terminated', 'replication terminated by primary server'],
  ['new-target-timeline', 'new target timeline is 3', { timeline: '3' }],
  ['streaming-restarted', 'restarted WAL streaming at 0/22000000 on timeline 3', { lsn: '0/22000000', timeline: '3' }],
  ['waiting-for-wal', 'waiting for WAL to become available at 0/60000B8', { lsn: '0/60000B8' }],
  ['pitr-starts', 'starting point-in-time recovery to 2013-09-24 16:45:04+09', { target: '2013-09-24 16:45:04+09' }],
  ['pitr-starts', 'starting point-in-time recovery to XID 740', { target: '740', xid: '740' }],
  ['pitr-starts', 'starting point-in-time recovery to "nope"', { target: 'nope', name: 'nope' }],
  [
    'pitr-starts',
    'starting point-in-time recovery to WAL location (LSN) "0/5000000"',
    { target: '0/5000000', lsn: '0/5000000' },
  ],
  [
    'pitr-starts',
    'starting point-in-time recovery to earliest consistent point',
    { target: 'earliest consistent point' },
  ],
  [
    'backup-recovery-starts',
    'starting backup recovery with redo LSN 0/3000028, checkpoint LSN 0/30505C0, on timeline ID 1',
    { redo: '0/3000028', checkpoint: '0/30505C0', timeline: '1' },
  ],
  [
    'backup-recovery-completed',
    'completed backup recovery with redo LSN 0/3000028 and end LSN 0/3050660',
    { redo: '0/3000028', lsn: '0/3050660' },
  ],
  [
    'recovery-stopping',
    `recovery stopping before commit of transaction 493, time ${time}`,
    { side: 'before', end: 'commit', xid: '493', time },
  ],
  [
    'recovery-stopping',
    `recovery stopping after abort of transaction 493, time ${time}`,
    { side: 'after', end: 'abort', xid: '493', time },
  ],
  ['recovery-stopping', 'recovery stopping after WAL location (LSN) "0/5000028"', { side: 'after', lsn: '0/5000028' }],
  ['recovery-stopping', `recovery stopping at restore point "a b", time ${time}`, { name: 'a b', time }],
  ['recovery-stopping', 'recovery stopping after reaching consistency', {}],
  ['paused-at-target', 'pausing at the end of recovery'],
  ['shutdown-at-target', 'shutdown at recovery target'],
  ['target-not-reached', 'recovery ended before configured recovery target was reached', {}, 'FATAL'],
  ['target-before-consistency', 'requested recovery stop point is before consistent recovery point', {}, 'FATAL'],
  [
    'wrong-size',
    'archive file "000000010000000000000007" has wrong size: 262144 instead of 16777216',
    { file: '000000010000000000000007', size: '262144', wanted: '16777216' },
    'FATAL',
  ],
  ['not-a-child', 'new timeline 3 is not a child of database system timeline 2', { timeline: '3', parent: '2' }],
  ['not-a-child', "requested timeline 3 is not a child of this server's history", { timeline: '3' }, 'FATAL'],
  [
    'forked-off-before',
    'new timeline 3 forked off current database system timeline 2 before current recovery point 0/9000060',
    { timeline: '3', parent: '2', lsn: '0/9000060' },
  ],
  [
    'forked-off-before',
    'requested timeline 3 does not contain minimum recovery point 0/9000060 on timeline 2',
    { timeline: '3', parent: '2', lsn: '0/9000060' },
    'FATAL',
  ],
  ['received-fast-shutdown', 'received fast shutdown request'],
  ['received-immediate-shutdown', 'received immediate shutdown request'],
  ['received-smart-shutdown', 'received smart shutdown request'],
  ['shutting-down', 'shutting down'],
  ['shut-down', 'database system is shut down'],
  ['terminating-walreceiver', 'terminating walreceiver process due to administrator command', {}, 'FATAL'],
  [
    'stream-lost',
    'could not send end-of-streaming message to primary: server closed the connection unexpectedly\n\tno COPY in progress',
    {},
    'FATAL',
  ],
  ['stream-lost', 'could not receive data from WAL stream: 接続が切れました', {}, 'FATAL'],
  [
    'cannot-connect-to-primary',
    'could not connect to the primary server: connection to server on socket "/x" failed',
    {},
    'FATAL',
  ],
  [
    'wal-removed',
    'could not receive data from WAL stream: ERROR:  requested WAL segment 000000010000000000000003 has already been removed',
    { file: '000000010000000000000003' },
    'FATAL',
  ],
  [
    'wal-removed',
    'requested WAL segment 000000010000000000000003 has already been removed',
    { file: '000000010000000000000003' },
    'ERROR',
  ],
  [
    'slot-missing',
    'could not start WAL streaming: ERROR:  replication slot "node1" does not exist',
    { name: 'node1' },
    'FATAL',
  ],
  [
    'not-in-history',
    "requested starting point 0/9000000 on timeline 2 is not in this server's history",
    { lsn: '0/9000000', timeline: '2' },
    'ERROR',
  ],
  ['no-wal-source', 'specified neither "primary_conninfo" nor "restore_command"', {}, 'WARNING'],
  ['no-wal-source', 'specified neither primary_conninfo nor restore_command', {}, 'WARNING'],
  ['no-space', 'could not write to file "pg_wal/xlogtemp.1": No space left on device', {}, 'PANIC'],
  [
    'cannot-write-file',
    'could not write to file "pg_wal/xlogtemp.1": Input/output error',
    { file: 'pg_wal/xlogtemp.1' },
    'PANIC',
  ],
  ['invalid-page', 'invalid page in block 7 of relation base/5/16384', { block: '7', file: 'base/5/16384' }, 'ERROR'],
  ['no-valid-checkpoint', 'could not locate a valid checkpoint record', {}, 'PANIC'],
  ['no-valid-checkpoint', 'could not locate a valid checkpoint record at 0/1998540', { lsn: '0/1998540' }, 'PANIC'],
  ['invalid-pages-in-wal', 'WAL contains references to invalid pages', {}, 'PANIC'],
  ['bad-setting', 'invalid value for parameter "restore_command": "x %d"', { name: 'restore_command' }, 'FATAL'],
  ['shared-memory-in-use', 'pre-existing shared memory block (key 1, ID 2) is still in use', {}, 'FATAL'],
  ['standby-in-single-user', 'standby mode is not supported by single-user servers', {}, 'FATAL'],
];

const entry = (message: string, severity: Severity = 'LOG'): LogEntry => ({ message, severity, offset: 0 });

describe('catalogue', () => {
  it.each(rows)('%s: %s', (name, message, fields = {}, severity) => {
    expect(recognise(entry(message, severity))).toEqual({ name, fields });
  });

  it('takes the end of WAL from the DETAIL of the line before', () => {
    const line = {
      ...entry('replication terminated by primary server'),
      detail: 'End of WAL reached on timeline 2 at 0/22000090.',
      pid: 5,
    };
    expect(recogniseAll(line)).toEqual([
      { name: 'replication-terminated', fields: {}, pid: 5 },
      { name: 'end-of-wal', fields: { timeline: '2', lsn: '0/22000090' }, pid: 5 },
    ]);
  });

  it.each([
    'archive recovery complete, says an application',
    'x archive recovery complete',
    'redo done at somewhere',
    'selected new timeline ID: two',
    'shutting down soon',
    '',
  ])('does not take %j for a message of the server', message => {
    expect(recognise(entry(message))).toBeUndefined();
  });

  it('believes neither another severity nor another process', () => {
    expect(recognise(entry('archive recovery complete', 'WARNING'))).toBeUndefined();
    const said = entry('archive recovery complete');
    expect(recognise({ ...said, backend: 'client backend' })).toBeUndefined();
    expect(recognise({ ...said, backend: 'startup' })?.name).toBe('archive-recovery-complete');
    expect(recognise({ ...said, backend: 'standalone backend' })?.name).toBe('archive-recovery-complete');
  });

  it('knows a full disk by its SQLSTATE, in whatever language the system speaks', () => {
    expect(
      recognise({
        ...entry('could not extend file "base/5/1": デバイスに空き領域がありません', 'ERROR'),
        sqlstate: '53100',
      })?.name,
    ).toBe('no-space');
  });

  it('has a sentence for each name, and only causes that it knows', () => {
    for (const name of messageNames) {
      expect(meaningOf(name), name).toMatch(/^\S.{10,}[^.]$/);
      expect(messageNames, name).toEqual(expect.arrayContaining([...(messageKind(name).causes ?? [])]));
    }
  });

  it('recognises each of its own wordings as that name', () => {
    const sample: Record<string, string> = {
      side: 'before',
      end: 'commit',
      mode: 'fast',
      lsn: '0/1',
      redo: '0/1',
      checkpoint: '0/1',
    };
    const numbers = ['timeline', 'parent', 'xid', 'code', 'signal', 'block', 'size', 'wanted'];
    for (const name of messageNames) {
      const kind = messageKind(name);
      const severity = kind.severity === 'any' ? 'ERROR' : kind.severity[0];
      for (const wording of kind.wordings) {
        const text = wording.replace(
          /\{([a-z]+|\*)\}/g,
          (_, field: string) => sample[field] ?? (numbers.includes(field) ? '7' : 'x'),
        );
        const line: LogEntry = kind.in === 'detail' ? { ...entry('', severity), detail: text } : entry(text, severity);
        expect(recognise(line)?.name, wording).toBe(name);
      }
    }
  });

  it('tells which fields a name can carry', () => {
    expect(fieldsOf('streaming-started')).toEqual(['lsn', 'timeline']);
    expect(fieldsOf('archive-recovery-complete')).toEqual([]);
  });

  it('reads the whole fall of a server whose WAL directory became unwritable', () => {
    const names = recognisedIn('15-wal-unwritable.stderr.txt').map(line => line.name);
    expect(names.filter((name, at) => name !== names[at - 1])).toEqual([
      'server-starting',
      'was-shut-down',
      'accepting-connections',
      'cannot-create-file',
      'server-process-killed',
      'terminating-others',
      'archive-command-killed',
      'reinitializing',
      'in-recovery-mode',
      'interrupted',
      'in-recovery-mode',
      'not-properly-shut-down',
      'redo-starts',
      'redo-done',
      'cannot-create-file',
      'startup-exited',
      'terminating-others',
      'startup-failed',
      'shut-down',
    ]);
  });
});
