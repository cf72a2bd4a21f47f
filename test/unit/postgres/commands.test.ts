// The command lines, word by word: what the dry run shows is what is run.
import { describe, expect, it } from 'vitest';
import { initdb, localConnection, pgbenchInit, pgbenchRun, psql } from '../../../src/postgres/commands-client.ts';
import {
  pgAmcheck,
  pgBasebackup,
  pgReceivewal,
  pgRewind,
  pgVerifybackup,
} from '../../../src/postgres/commands-copy.ts';
import * as commands from '../../../src/postgres/commands.ts';
import { parseConninfo } from '../../../src/postgres/connection.ts';
import { lsn } from '../../../src/postgres/lsn.ts';
import { commandLine } from '../../../src/postgres/shell.ts';
import { timeline } from '../../../src/postgres/timeline.ts';

const at: commands.Installation = {
  bin: '/pg/bin',
  data: '/disk1/data',
  port: 5432,
  socketDir: '/run/pg',
  log: '/log/start.log',
};
const primary = { host: '172.16.3.102', port: 5432, user: 'repuser' };
const wal = { path: '/disk2/pg_wal', timeline: timeline(2), start: lsn(0x6000028n) };

describe('commands', () => {
  it.each([
    [commands.pgCtlStart(at, 60), 'pg_ctl -D /disk1/data -w -t 60 -l /log/start.log start'],
    [
      commands.pgCtlStart({ bin: '/pg/bin', data: '/d', port: 1, options: '-c config_file=/etc/x.conf' }, 60),
      "pg_ctl -D /d -w -t 60 -o '-c config_file=/etc/x.conf' start",
    ],
    [commands.pgCtlStop(at, 'fast', 30), 'pg_ctl -D /disk1/data -m fast -w -t 30 stop'],
    [commands.pgCtlStop(at, 'immediate', 0.2), 'pg_ctl -D /disk1/data -m immediate -w -t 1 stop'],
    [commands.pgCtlRestart(at, 60), 'pg_ctl -D /disk1/data -m fast -w -t 60 -l /log/start.log restart'],
    [commands.pgCtlPromote(at, 60), 'pg_ctl -D /disk1/data -w -t 60 promote'],
    [commands.pgCtlStatus(at), 'pg_ctl -D /disk1/data status'],
    [commands.pgCtlReload(at), 'pg_ctl -D /disk1/data reload'],
    [commands.pgIsready(at, 3), 'pg_isready -h /run/pg -p 5432 -t 3'],
    [commands.pgIsreadyOf('/pg/bin', '172.16.3.101', 5433, 0), 'pg_isready -h 172.16.3.101 -p 5433 -t 1'],
    [commands.pgControldata(at), 'pg_controldata -D /disk1/data'],
    [commands.pgWaldump(at, wal), 'pg_waldump -p /disk2/pg_wal -t 2 -s 0/6000028'],
    [
      commands.pgWaldump(at, { ...wal, end: lsn(0x7000000n) }, 5),
      'pg_waldump -p /disk2/pg_wal -t 2 -s 0/6000028 -e 0/7000000 -n 5',
    ],
    [commands.pgWaldumpStats(at, wal), 'pg_waldump -p /disk2/pg_wal -t 2 -s 0/6000028 -z'],
    [
      pgBasebackup(at, {
        into: '/disk1/data',
        from: primary,
        wal: 'stream',
        checkpoint: 'fast',
        walDirectory: '/disk2/pg_wal',
        slot: 'node1',
        createSlot: true,
        progress: true,
      }),
      "pg_basebackup -w -d 'host=172.16.3.102 port=5432 user=repuser' -D /disk1/data -X stream -c fast --waldir=/disk2/pg_wal -S node1 -C -P",
    ],
    [
      pgBasebackup(at, {
        into: '/b',
        from: primary,
        wal: 'none',
        checkpoint: 'spread',
        format: 'tar',
        gzip: true,
        tablespaces: [['/t=1', '/t2']],
        label: 'x',
        maxRate: '32M',
      }),
      String.raw`pg_basebackup -w -d 'host=172.16.3.102 port=5432 user=repuser' -D /b -F t -z -X none -c spread -l x -T '/t\=1=/t2' -r 32M`,
    ],
    [
      pgRewind(at, { from: { ...primary, dbname: 'postgres' }, dryRun: true, restoreTargetWal: true, progress: true }),
      "pg_rewind -D /disk1/data '--source-server=host=172.16.3.102 port=5432 user=repuser dbname=postgres' -c -n -P",
    ],
    [pgVerifybackup(at, '/b'), 'pg_verifybackup /b'],
    [
      pgVerifybackup(at, '/b', { wal: '/disk2/pg_wal', ignore: ['standby.signal'] }),
      'pg_verifybackup -w /disk2/pg_wal -i standby.signal /b',
    ],
    [pgVerifybackup(at, '/b', { wal: 'none' }), 'pg_verifybackup -n /b'],
    [
      pgAmcheck(at, localConnection(at), 2),
      "pg_amcheck -w --install-missing --heapallindexed -j 2 --all '--maintenance-db=host=/run/pg port=5432 dbname=postgres'",
    ],
    [
      pgReceivewal(at, { from: primary, into: '/w', slot: 's', synchronous: true, end: lsn(0x7000000n) }),
      "pg_receivewal -w -d 'host=172.16.3.102 port=5432 user=repuser' -D /w -S s --synchronous -n -E 0/7000000",
    ],
    [
      initdb(at, {
        walDirectory: '/disk2/pg_wal',
        checksums: true,
        auth: 'trust',
        user: 'postgres',
        walSegmentSize: 1,
        noSync: true,
      }),
      'initdb -D /disk1/data -X /disk2/pg_wal -U postgres --encoding=UTF8 --no-locale --wal-segsize=1 --data-checksums -A trust -N',
    ],
    [
      psql(at, localConnection(at), "select 'x'"),
      String.raw`psql -XAtqw -v ON_ERROR_STOP=1 -d 'dbname=postgres host=/run/pg port=5432' -c 'select '\''x'\'''`,
    ],
    [pgbenchInit(at, localConnection(at), 3), "pgbench -i -q -s 3 'dbname=postgres host=/run/pg port=5432'"],
    [pgbenchRun(at, localConnection(at), 5, 4), "pgbench -n -T 5 -c 4 -j 1 'dbname=postgres host=/run/pg port=5432'"],
  ])('%#: %2$s', (argv, line) => {
    expect(commandLine(argv)).toBe(`/pg/bin/${line}`);
  });

  it('never carry a password, even where a parsed string is passed on', () => {
    const from = { host: 'h', ...parseConninfo('host=h user=u password=geheim') };
    const lines = [
      pgBasebackup(at, { into: '/b', from, wal: 'none', checkpoint: 'fast' }),
      pgRewind(at, { from }),
      pgReceivewal(at, { from, into: '/w' }),
      psql(at, from, 'select 1'),
    ];
    expect(lines.map(commandLine).join('\n')).not.toContain('geheim');
  });
});
