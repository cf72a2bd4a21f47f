// The settings of a restored cluster: recovery obeys them alone, and the copy leaves its source in peace.
import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../../src/postgres/settings.ts';
import { timeline } from '../../../src/postgres/timeline.ts';
import { type Becomes, type Former, restoredSettings, tablespaceMap } from '../../../src/repo/restore-settings.ts';
import { control } from './restore-support.ts';

const former: Former = { version: { major: 15, minor: 18, text: '15.18' }, control, conf: '', auto: '' };
const recovered: Becomes = {
  is: 'recovered',
  target: { time: '2026-11-21 03:12:44.5+00' },
  timeline: timeline(3),
  action: 'pause',
};
const read = (becomes: Becomes, change: Partial<Former> = {}) => {
  const { text, signal } = restoredSettings(becomes, { ...former, ...change }, 'B');
  return { text, signal, settings: Object.fromEntries(parseSettings(text) ?? []) };
};

describe('recovered to a target', () => {
  it('every setting of recovery is there, the timeline as a number', () => {
    const { settings, signal } = read(recovered);
    expect(signal).toBe('recovery.signal');
    expect(settings).toMatchObject({
      recovery_target_time: '2026-11-21 03:12:44.5+00',
      recovery_target_timeline: '3',
      recovery_target_action: 'pause',
      recovery_target_xid: '',
      recovery_target: '',
      primary_conninfo: '',
      primary_slot_name: '',
      hot_standby: 'on',
    });
  });

  it('what the source had set is overruled: targets, archive, delay, trigger file', () => {
    const auto = [
      "recovery_target_name = 'yesterday'",
      "restore_command = 'scp old:%f %p'",
      "archive_mode = 'on'",
      "archive_cleanup_command = 'pg_archivecleanup /source/archive %r'",
      "work_mem = '5MB'",
      '',
    ].join('\n');
    const { settings, text } = read(recovered, { auto });
    expect(text.match(/^restore_command/gm)).toHaveLength(1);
    expect(settings).toMatchObject({
      recovery_target_name: '',
      archive_mode: 'off',
      archive_cleanup_command: '',
      recovery_min_apply_delay: '0',
      promote_trigger_file: '',
      synchronous_standby_names: '',
      work_mem: '5MB',
    });
    expect(text).toContain('ALTER SYSTEM RESET archive_mode');
  });

  it('a copy of a copy has them once', () => {
    const first = read(recovered);
    const again = read(recovered, { auto: first.text });
    expect(again.settings).toEqual(first.settings);
    expect(again.text.split('\n')).toHaveLength(first.text.split('\n').length);
  });

  it('a copy that fails is not taken for the end of WAL', () => {
    expect(read(recovered).settings['restore_command']).toBe(
      'if [ -f "pg_wal/lifeboat/%f" ]; then cp "pg_wal/lifeboat/%f" "%p" || exit 255; else exit 1; fi',
    );
  });

  it('16 has no trigger file, and would not start with its setting', () => {
    const version = { major: 16, minor: 1, text: '16.1' };
    expect(read(recovered, { version }).settings).not.toHaveProperty('promote_trigger_file');
  });
});

describe('limits of the primary', () => {
  const limit = (change: Partial<Former>) => read(recovered, change).settings['max_connections'];

  it('are written where the configuration has less, or says nothing', () => {
    expect(limit({ conf: 'max_connections = 100' })).toBe('300');
    expect(limit({ conf: '#max_connections = 500' })).toBe('300');
    expect(limit({ conf: undefined })).toBe('300');
  });

  it('are left alone where it has enough, unless files that it includes may say otherwise', () => {
    expect(limit({ conf: 'max_connections = 300 # many' })).toBeUndefined();
    expect(limit({ conf: 'max_connections = 500', auto: "max_connections = '200'" })).toBe('300');
    expect(limit({ conf: "max_connections = 500\ninclude_dir 'conf.d'" })).toBe('300');
  });
});

describe('wal_level', () => {
  const level = (change: Partial<Former>) => read(recovered, change).settings['wal_level'];

  it('is raised where a change to minimal waited for a restart: no server with WAL senders starts with it', () => {
    expect(level({ conf: 'wal_level = minimal' })).toBe('replica');
    expect(level({ conf: 'wal_level = logical', auto: "wal_level = 'minimal'" })).toBe('replica');
  });

  it('is left alone elsewhere', () => {
    expect(level({ conf: 'wal_level = minimal', auto: "wal_level = 'logical'" })).toBe('logical');
    expect(level({ conf: 'wal_level = logical' })).toBeUndefined();
    expect(level({ conf: undefined })).toBeUndefined();
  });
});

it('a standby follows its primary, and goes to its own archive behind what was brought', () => {
  const { settings, signal } = read({
    is: 'standby',
    primary: { host: '10.0.0.1' },
    slot: 'n2',
    restoreCommand: 'cp /archive/%f %p',
  });
  expect(signal).toBe('standby.signal');
  expect(settings).toMatchObject({
    primary_conninfo: 'host=10.0.0.1',
    primary_slot_name: 'n2',
    recovery_target_timeline: 'latest',
  });
  expect(settings['restore_command']).toMatch(/else cp \/archive\/%f %p; fi$/);
  expect(settings).not.toHaveProperty('archive_mode');
});

it('the map of tablespaces, as the server reads it', () => {
  expect(tablespaceMap([{ oid: '16384', location: '/a b\\c' }])).toBe('16384 /a b\\\\c\n');
});
