// The walker of WAL beside pg_waldump, on real WAL: every record counted, every end of a transaction and every restore point the same.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { parseLsn, showLsn, type Lsn } from '../../src/postgres/lsn.ts';
import { isSegmentName, parseSegmentName } from '../../src/postgres/segment.ts';
import { walkSegment } from '../../src/postgres/wal-records.ts';
import type { WalTail } from '../../src/postgres/wal-walked.ts';
import { decodeIndex, encodeIndex, readWal } from '../../src/repo/wal-index.ts';
import { instantOfMicros } from '../../src/time.ts';
import { bin, initServer, type TestServer } from '../support/postgres.ts';
import { testDirectory, testUser } from '../support/sshd.ts';

const directories: ReturnType<typeof testDirectory>[] = [];
const servers: TestServer[] = [];

afterAll(async () => {
  for (const server of servers) await server.destroy();
  for (const directory of directories) directory.remove();
});

interface Line {
  readonly lsn: string;
  readonly prev: string;
  readonly what: string;
}

/** What pg_waldump prints of all that can be read from `start` on; where it ends, it complains, which is no matter here. */
function dumped(wal: string, from: string, to: string): { lines: Line[]; end: string | undefined } {
  const { as } = testUser();
  let stdout: string;
  let stderr = '';
  try {
    stdout = execFileSync(`${bin}/pg_waldump`, ['-p', wal, from, to], {
      ...as,
      env: { TZ: 'UTC' },
      cwd: '/',
      encoding: 'utf8',
      maxBuffer: 2 ** 30,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    ({ stdout, stderr } = error as { stdout: string; stderr: string });
  }
  const lines = stdout
    .split('\n')
    .filter(line => line.startsWith('rmgr:'))
    .map(line => {
      const [, tx = '', lsn = '', prev = '', desc = ''] =
        /tx: +(\d+), lsn: ([0-9A-F/]+), prev ([0-9A-F/]+), desc: (.*)$/.exec(line) ?? [];
      return { lsn: showLsn(parseLsn(lsn)!), prev: showLsn(parseLsn(prev)!), what: meaning(line, tx, desc) };
    });
  return { lines, end: /record at ([0-9A-F/]+)|after ([0-9A-F/]+)/.exec(stderr)?.[1] };
}

function meaning(line: string, tx: string, desc: string): string {
  if (/^rmgr: XLOG /.test(line))
    return /^RESTORE_POINT (.*)$/.exec(desc) ? `point ${desc.slice('RESTORE_POINT '.length)}` : '';
  if (!/^rmgr: Transaction/.test(line)) return '';
  const found = /^(COMMIT|ABORT)(_PREPARED (\d+):)? (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{6}) UTC/.exec(desc);
  if (!found) return '';
  return `${found[1] === 'COMMIT' ? 'commit' : 'abort'} ${found[3] ?? tx} ${found[4]}T${found[5]}Z`;
}

function walked(wal: string, names: readonly string[], size: number) {
  const said: string[] = [];
  let tail: WalTail | null = null;
  let records = 0;
  let milliseconds = 0;
  let last: ReturnType<typeof walkSegment> | undefined;
  for (const name of names) {
    const { start } = parseSegmentName(name, size)!;
    const bytes = readFileSync(join(wal, name));
    const began = performance.now();
    last = walkSegment(bytes, { start, segmentSize: size, tail });
    milliseconds += performance.now() - began;
    const at = (offset: number): string => showLsn((start + BigInt(offset)) as Lsn);
    said.push(
      ...[
        ...last.ends.map(one => ({
          ...one,
          text: `${at(one.from)} ${one.committed ? 'commit' : 'abort'} ${one.xid} ${instantOfMicros(one.micros)}`,
        })),
        ...last.restorePoints.map(one => ({ ...one, text: `${at(one.from)} point ${one.name}` })),
      ]
        .sort((a, b) => a.from - b.from)
        .map(({ text }) => text),
    );
    records += last.records;
    // What the next segment is read with has gone through the repository.
    const { index } = readWal(name, bytes, { segmentSize: size, tail });
    const kept = decodeIndex(encodeIndex(index), name);
    expect(kept).toEqual(index);
    expect([index.ends, index.end]).toEqual([last.ends.length, last.end ?? start]);
    tail = kept!.tail;
    if (last.invalid) break;
  }
  return { said, records, last: last!, speed: (names.length * size) / 1024 ** 2 / (milliseconds / 1000) };
}

const load = [
  'create table t (id int primary key, text text)',
  ...Array.from(
    { length: 20 },
    (_, i) => `insert into t select g, repeat('x', 300) from generate_series(${i * 1000}, ${i * 1000 + 999}) g`,
  ),
  'checkpoint',
  'do $$ begin for i in 1..3000 loop update t set text = i::text where id = i; commit; end loop; end $$',
  // More subtransactions than fit on a page of WAL: the commit record spans several.
  "do $$ begin for i in 1..5000 loop begin update t set text = 'y' where id = i; exception when others then null; end; end loop; end $$",
  "select pg_create_restore_point('before the drop')",
  'begin; insert into t values (-1); rollback',
  'create table gone as select * from t; drop table gone',
  "begin; insert into t values (-2); prepare transaction 'one'",
  "begin; create table two (id int); drop table two; savepoint a; insert into t values (-3); savepoint b; insert into t values (-4); prepare transaction 'two'",
  "commit prepared 'one'",
  "rollback prepared 'two'",
  "begin; create table three (id int primary key); savepoint a; insert into three values (1); drop table t; prepare transaction 'three'",
  "commit prepared 'three'",
  // A record longer than a segment of 1 MB, and one longer than two.
  "select pg_logical_emit_message(true, 'lifeboat', repeat('x', 1500000))",
  "select pg_logical_emit_message(false, 'lifeboat', repeat('x', 3500000))",
  "select pg_create_restore_point('a name with spaces, and of some length: not more than 63 bytes')",
  'select pg_switch_wal()',
  'create table after_switch as select generate_series(1, 1000)',
  "select pg_create_restore_point('before the drop')",
];

test.each([1, 16])('in segments of %i MB', { timeout: 120_000 }, async megabytes => {
  const directory = testDirectory('wal-records');
  directories.push(directory);
  const size = megabytes * 1024 ** 2;
  const server = await initServer(directory.path, [`--wal-segsize=${megabytes}`]);
  servers.push(server);
  server.configure("max_prepared_transactions = 5\nwal_keep_size = '1GB'\nmax_wal_size = '2GB'\nautovacuum = off");
  server.start();
  for (const statement of load) server.sql(statement);
  server.sql('select pg_switch_wal()');
  server.sql('insert into after_switch values (1)');
  const current = server.sql('select pg_walfile_name(pg_current_wal_insert_lsn())');
  server.stop('immediate');

  const wal = join(server.data, 'pg_wal');
  const names = readdirSync(wal)
    .filter(name => isSegmentName(name) && name <= current)
    .sort();
  const real = dumped(wal, names[0]!, names.at(-1)!);
  const ours = walked(wal, names, size);
  console.log(`${Math.round(ours.speed)} MB/s, ${ours.records} records`);
  expect(ours.said).toEqual(real.lines.filter(({ what }) => what !== '').map(({ lsn, what }) => `${lsn} ${what}`));
  expect(ours.said.length).toBeGreaterThan(3000);
  expect(ours.records).toBe(real.lines.length);
  expect(ours.last.invalid).not.toBeNull();
  expect(showLsn(ours.last.tail?.last ?? ours.last.invalid!.at)).toBe(
    real.end === undefined ? real.lines.at(-1)!.lsn : showLsn(ours.last.invalid!.at),
  );
});
