// What a copy of a server gets of its settings: how it works, and nothing that reaches outside.

import { describe, expect, it } from 'vitest';
import { copySettings } from '../../../src/postgres/outward.ts';

const least = {
  max_connections: 100,
  max_worker_processes: 8,
  max_wal_senders: 10,
  max_prepared_transactions: 0,
  max_locks_per_transaction: 64,
};
const gigabyte = 1024 ** 3;

const copied = (conf: string, auto = '') => copySettings({ conf, auto }, least, gigabyte);
const whyOff = (line: string): string | undefined => copied(line).off[0]?.why;

describe('settings that reach outside', () => {
  it.each([
    ["archive_command = 'cp %p /mnt/archive/%f'", 'writes into the archive'],
    ["archive_library = 'basic_archive'", 'writes into the archive'],
    ["restore_command = 'scp backup:/wal/%f %p'", 'reads from the archive'],
    ["archive_cleanup_command = 'pg_archivecleanup /mnt/archive %r'", 'runs a command of the source'],
    ["recovery_end_command = '/usr/local/bin/tell'", 'runs a command of the source'],
    ["primary_conninfo = 'host=10.0.0.1 password=hidden'", 'asks another server'],
    ['primary_slot_name = node2', 'asks another server'],
    ['sync_replication_slots = on', 'asks another server'],
    ["synchronous_standby_names = 'ANY 1 (node2)'", 'waits for servers that the copy does not have'],
    ["shared_preload_libraries = 'pg_cron, citus'", 'loads code that may do anything: jobs, connections, listeners'],
    ["session_preload_libraries = 'auto_explain'", 'loads code that may do anything: jobs, connections, listeners'],
    ["cron.host = '10.0.0.1'", 'belongs to a library that is not loaded'],
    ["listen_addresses = '*'", 'is where clients find the source'],
    ['ssl = on', 'names keys of the source'],
    ["ssl_passphrase_command = 'vault read key'", 'names keys of the source'],
    ["include_dir 'conf.d'", 'names files that are in no backup'],
    ['log_destination = syslog', 'writes a log elsewhere'],
    ['logging_collector = on', 'writes a log elsewhere'],
    ['shared_buffers = 2GB', 'is more memory than a copy gets here'],
  ])('%s', (line, why) => {
    expect(whyOff(line)).toBe(why);
    const name = /^\w+(\.\w+)?/.exec(line)?.[0] ?? '';
    expect(copied(line).kept).not.toHaveProperty([name]);
  });

  it.each(["archive_command = ''", 'ssl = off', "log_destination = 'stderr'", 'logging_collector = off'])(
    'tells nothing of what does nothing: %s',
    line => expect(copied(line).off).toEqual([]),
  );

  it.each([
    'port = 5433',
    "cluster_name = 'main'",
    'archive_mode = on',
    "data_directory = '/var/lib/x'",
    "recovery_target_time = 'x'",
  ])('has its own, or needs none: %s', line => {
    const { kept, off } = copied(line);
    expect(off).toEqual([]);
    expect(Object.keys(kept)).not.toContain(line.split(' ')[0]);
  });

  it('never shows a value, for it may hold a password', () => {
    expect(JSON.stringify(copied("primary_conninfo = 'password=hidden'"))).not.toContain('hidden');
  });
});

describe('settings that a copy keeps', () => {
  it('are those that decide how it works; what ALTER SYSTEM wrote wins', () => {
    const { kept } = copied('work_mem = 4MB\nmax_wal_size = 8GB\nwal_level = logical\n', "work_mem = '64MB'\n");
    expect(kept).toMatchObject({ work_mem: '64MB', max_wal_size: '8GB', wal_level: 'logical' });
  });

  it.each([
    ['1GB', true],
    ['131072', true],
    ['131073', false],
    ['1048577kB', false],
    ['lots', false],
  ])('have no more memory than there is: shared_buffers = %s', (value, stays) => {
    expect('shared_buffers' in copied(`shared_buffers = ${value}`).kept).toBe(stays);
  });

  it('are at least what recovery asks for, whatever the files say', () => {
    expect(copied('max_connections = 20\nmax_worker_processes = 32').kept).toMatchObject({
      max_connections: '100',
      max_worker_processes: '32',
      max_locks_per_transaction: '64',
    });
  });

  it('let no subscription ask its publisher', () => {
    expect(copied('max_logical_replication_workers = 16').kept['max_logical_replication_workers']).toBe('0');
  });

  it('can do without files: Debian keeps them elsewhere', () => {
    const { kept, off } = copySettings({ conf: undefined, auto: undefined }, least, gigabyte);
    expect(off).toEqual([]);
    expect(kept['max_connections']).toBe('100');
  });
});
