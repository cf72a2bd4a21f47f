// pg_controldata: whose directory it is, how it ended, up to where it must be replayed.
import { describe, expect, it } from 'vitest';
import { clusterStates, parseControlData } from '../../../src/postgres/control-data.ts';
import { showLsn } from '../../../src/postgres/lsn.ts';
import { fixture } from './fixture.ts';

const standby = fixture('pg_controldata-15-standby.txt').toString();

describe('pg_controldata', () => {
  it('of a running standby', () => {
    const { minRecoveryEnd, checkpoint, redo, ...rest } = parseControlData(standby) ?? {};
    expect(rest).toEqual({
      controlVersion: 1300,
      systemIdentifier: '7710582265853009022',
      state: 'in archive recovery',
      timeline: 1,
      prevTimeline: 1,
      checkpointTime: 'Sat Nov 21 11:17:12 2026',
      walLevel: 'replica',
      walLogHints: false,
      walSegmentSize: 16777216,
      checksumVersion: 1,
      intact: true,
    });
    expect([checkpoint, redo, minRecoveryEnd?.lsn].map(one => one !== undefined && showLsn(one))).toEqual([
      '0/30505C0',
      '0/3000028',
      '0/50000A0',
    ]);
    expect(minRecoveryEnd?.timeline).toBe(1);
  });

  it('of a cleanly stopped primary: nothing is left to be replayed', () => {
    const data = parseControlData(fixture('pg_controldata-15-shut-down.txt').toString());
    expect(data?.state).toBe('shut down');
    expect(data && showLsn(data.checkpoint)).toBe('0/6000028');
    expect(data).not.toHaveProperty('minRecoveryEnd');
  });

  it('right after a promotion: in production, and still on the old timeline', () => {
    const data = parseControlData(fixture('pg_controldata-15-promoted.txt').toString());
    expect([data?.state, data?.timeline, data?.minRecoveryEnd?.timeline]).toEqual(['in production', 1, 2]);
  });

  it.each(clusterStates)('knows the state "%s"', state => {
    expect(parseControlData(standby.replace('in archive recovery', state))?.state).toBe(state);
  });

  it('reads 18, which has another version and one line more', () => {
    const text = standby
      .replace(/(version number: +)1300/, '$11800')
      .replace('Mock auth', 'Default char data signedness:         signed\nMock auth');
    expect(parseControlData(text)?.controlVersion).toBe(1800);
  });

  it('tells a backup whose end is not reached', () => {
    const text = standby
      .replace(/(Backup start location: +)0\/0/, '$10/2000028')
      .replace(/(Backup end location: +)0\/0/, '$10/30045A8');
    const data = parseControlData(text);
    expect([data?.backupStart, data?.backupEnd].map(one => one !== undefined && showLsn(one))).toEqual([
      '0/2000028',
      '0/30045A8',
    ]);
  });

  it('tells wal_log_hints', () => {
    expect(parseControlData(standby.replace(/(wal_log_hints setting: +)off/, '$1on'))?.walLogHints).toBe(true);
  });

  it('says that nothing can be relied on when the file is damaged', () => {
    const warning =
      'WARNING: Calculated CRC checksum does not match value stored in file.\nEither the file is corrupt…\n\n';
    expect(parseControlData(warning + standby)?.intact).toBe(false);
  });

  it.each([
    ['nothing', ''],
    [
      'an error',
      'pg_controldata: error: could not open file "/x/global/pg_control" for reading: No such file or directory\n',
    ],
    ['another language', standby.replace('Database cluster state', 'データベースクラスタの状態')],
    ['an unknown state', standby.replace('in archive recovery', 'unrecognized status code')],
    ['a timeline 0', standby.replace(/(checkpoint's TimeLineID: +)1/, '$10')],
    ['half the output', standby.slice(0, standby.length / 2)],
  ])('is undefined for %s', (_, text) => {
    expect(parseControlData(text)).toBeUndefined();
  });
});
