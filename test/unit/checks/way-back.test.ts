// The checks before a way back: each reason against it, in the words of a book, told before anything is stopped.

import { describe, expect, test } from 'vitest';
import { checks } from '../../../src/checks/index.ts';
import { memoryWorld, processIn, type World } from '../../../src/drivers/memory.ts';
import type { NodeName } from '../../../src/ports.ts';
import { lsn } from '../../../src/postgres/lsn.ts';
import { timeline } from '../../../src/postgres/timeline.ts';
import type { Keeping } from '../../../src/repo/keeping.ts';
import type { BackupId } from '../../../src/repo/layout.ts';
import type { Reason, Unreachable } from '../../../src/repo/unreachable.ts';
import type { Target } from '../../../src/repo/target.ts';
import type { Instant } from '../../../src/time.ts';
import { lookAt } from '../../interruption/support/stage.ts';

const node1 = 'node1' as NodeName;
const wish = { to_xid: '742', exclusive: true };
const target: Target = { is: 'xid', xid: 742, inclusive: false };

const world = (options: Partial<Parameters<typeof memoryWorld>[0]> = {}): World =>
  memoryWorld({
    nodes: ['node1'],
    kept: {
      start: lsn(0x3000000n),
      stop: lsn(0x3400000n),
      ends: new Map([[1, lsn(0x5000148n)]]),
      transactions: new Map([[742, lsn(0x5000100n)]]),
    },
    ...options,
  });

function verdict(name: string, of: World, keeping: Partial<Keeping> = {}, params: object = wish) {
  const own = processIn(of);
  const look = lookAt(of, { ...own, ...(own.keeping && { keeping: { ...own.keeping, ...keeping } }) });
  return checks.get(name)!.test(node1, params, look);
}

describe('reachable-target', () => {
  const [backup, line] = ['20261121T030000Z-k3f9' as BackupId, timeline(2)];
  const ended = { xid: 741, committed: true, lsn: lsn(0x5000100n), end: lsn(0x5000148n) };
  const hole = { missing: ['000000020000000000000004'], more: 2, damage: null, at: lsn(0x4000000n) };
  const since = '2026-11-21T03:01:00Z' as Instant;
  const last = { ...ended, time: since };

  test.each<[string, Target, Reason, RegExp]>([
    [
      'before the end of the backup',
      target,
      { is: 'before-stop', backup, stop: lsn(0x3400000n), stopped: since },
      /^backup \S+ is consistent only from 0\/3400000 on \(2026-11-21 03:01:00 UTC\)$/,
    ],
    [
      'after the last WAL',
      target,
      { is: 'after-last', backup, timeline: line, last, end: lsn(0x5000148n) },
      /the WAL of timeline 2 is kept up to 0\/5000148$/,
    ],
    [
      'after the last transaction, though WAL goes on',
      { is: 'time', time: '2026-11-21T03:09:00Z' as Instant, inclusive: true },
      { is: 'after-last', backup, timeline: line, last, end: lsn(0x5000148n) },
      /the last transaction, 741, ended at 2026-11-21 03:01:00 UTC/,
    ],
    [
      'in a gap',
      target,
      { is: 'gap', backup, timeline: line, ...hole },
      /goes to 0\/4000000: 000000020000000000000004 and 2 more missing$/,
    ],
    [
      'on a sibling branch',
      target,
      { is: 'elsewhere', timeline: timeline(3), backup },
      /^it can be reached on timeline 3, from backup \S+: -p timeline=3$/,
    ],
    [
      'of a backup that no way leads from',
      target,
      { is: 'other-branch', backup, of: timeline(3), timeline: line },
      /is on timeline 3, from which no way leads to timeline 2$/,
    ],
  ])('%s', async (_, to, reason, expected) => {
    const unreachable: Unreachable = {
      is: 'unreachable',
      target: to,
      reasons: [reason],
      nearest: {
        before: { time: since, lsn: lsn(0x5000148n), xid: 741, timeline: line, backup, target },
        after: null,
      },
      unread: [],
    };
    expect(await verdict('reachable-target', world(), { way: () => Promise.resolve(unreachable) })).toMatchObject({
      is: 'fails',
      found: expect.stringMatching(expected) as string,
      hint: expect.stringMatching(/^nearest before: .* -p to_lsn=0\/5000148 -p timeline=2$/) as string,
    });
  });

  test('a time without a zone, and one that is yet to come', async () => {
    const at = (to_time: string) => verdict('reachable-target', world(), {}, { to_time });
    expect(await at('2026-11-21 16:45:04')).toMatchObject({ is: 'fails', found: /has no time zone/ });
    expect(await at('2999-01-01 00:00:00+00')).toMatchObject({ is: 'fails', expected: 'a time that is past' });
  });
});

test('backup-whole: what cannot be read back', async () => {
  const what = 'pack 000001 of backup 20261121T030000Z-k3f9 is damaged';
  const sound: Keeping['sound'] = () => Promise.resolve({ ok: false, what });
  expect(await verdict('backup-whole', world(), { sound })).toMatchObject({ is: 'fails', found: what });
  expect(await verdict('backup-whole', world())).toMatchObject({ is: 'holds' });
});

describe('wal-level', () => {
  const ran = (level: string) => `pg_control version number:            1300
Database system identifier:           7398712345678901234
Database cluster state:               in production
Latest checkpoint location:           0/5000060
Latest checkpoint's REDO location:    0/5000028
Latest checkpoint's TimeLineID:       1
Latest checkpoint's PrevTimeLineID:   1
Bytes per WAL segment:                16777216
Data page checksum version:           0
wal_level setting:                    ${level}
`;
  const control = (level: string): Partial<Parameters<typeof memoryWorld>[0]> => ({
    programs: (_node, argv) =>
      argv[0]?.endsWith('/pg_controldata') === true ? { code: 0, stdout: ran(level), stderr: '' } : undefined,
  });

  test('of the configuration that the restored server starts with', async () => {
    expect(await verdict('wal-level', world())).toEqual({ is: 'holds', found: 'replica' });
    expect(await verdict('wal-level', world({ settings: { wal_level: 'minimal' } }))).toMatchObject({
      is: 'fails',
      found: 'the configuration of node1 has wal_level = minimal',
      hint: expect.stringMatching(/^set wal_level = replica in the configuration of node1 first/) as string,
    });
  });

  test('of what was written: only where the target lies in it', async () => {
    expect(await verdict('wal-level', world(control('minimal')))).toMatchObject({ is: 'holds' });
    const beyond = { ...wish, to_xid: '999' };
    expect(await verdict('wal-level', world(control('minimal')), {}, beyond)).toMatchObject({
      is: 'fails',
      found: expect.stringMatching(/^node1 ran with wal_level = minimal, and the target lies in/) as string,
    });
    expect(await verdict('wal-level', world(control('logical')), {}, beyond)).toMatchObject({ is: 'holds' });
  });

  test('of a server that others shall follow, where no target is named', async () => {
    expect(await verdict('wal-level', world(control('minimal')), {}, {})).toMatchObject({
      is: 'fails',
      found: expect.stringMatching(/^node1 ran with wal_level = minimal: no base backup/) as string,
    });
    expect(await verdict('wal-level', world(control('replica')), {}, {})).toMatchObject({ is: 'holds' });
  });

  test('lost with the data: that of the backup is another matter', async () => {
    const lost = world();
    lost.lose('node1', 'disks-lost');
    expect(await verdict('wal-level', lost)).toMatchObject({ is: 'absent' });
  });
});
