// What a restore would do, and each reason why it is not begun.
import { describe, expect, it } from 'vitest';
import type { Contents } from '../../../src/repo/restore-contents.ts';
import { planRestore } from '../../../src/repo/restore-plan.ts';
import { refuse } from '../../../src/repo/restore.ts';
import type { TargetSeen } from '../../../src/repo/restore-target.ts';
import type { RestoreWish } from '../../../src/repo/restore-wish.ts';
import { bytes } from '../../../src/time.ts';
import { backup, contents, gigabyte, place, seen, segment, wish } from './restore-support.ts';

interface Change {
  readonly wish?: Partial<RestoreWish>;
  readonly contents?: Partial<Contents>;
  readonly seen?: Partial<TargetSeen>;
}

const plan = (change: Change = {}) =>
  planRestore(wish(change.wish), { ...contents, ...change.contents }, seen(change.seen));
const reasons = (change: Change) => plan(change).refusals.map(({ what }) => what);

const full = place('/new', { state: 'full' });
const marker = { systemId: backup.systemId, backup: backup.id, cluster: 'main', tablespaces: [] };

describe('how', () => {
  it('into nothing: all of it, WAL twice over for what recovery keeps of it', () => {
    const { mode, size, walSize, needs, refusals, settings } = plan();
    expect([mode, size, walSize, refusals]).toEqual(['new', gigabyte, 2 * segment, []]);
    expect(needs).toEqual([{ mount: '/', path: '/new', needed: gigabyte + 4 * segment, free: 10 * gigabyte }]);
    expect(settings?.signal).toBe('recovery.signal');
  });

  it('over the same cluster: what differs', () => {
    const { mode, refusals } = plan({ seen: { data: full, systemId: backup.systemId, version: '15' } });
    expect([mode, refusals]).toEqual(['delta', []]);
  });

  it('after one that was cut off: on from there, though pg_control is gone', () => {
    expect(plan({ seen: { data: full, marker } })).toMatchObject({ mode: 'resume', refusals: [] });
  });

  it('space is reckoned by file system', () => {
    const spaces = [{ oid: '16384', from: '/old', to: '/fast' }];
    const { needs } = plan({
      wish: { tablespaces: spaces },
      contents: {
        sizes: new Map([
          [null, 100],
          ['16384', 5000],
        ]),
      },
      seen: {
        wal: place('/wal', { mount: '/wal', free: bytes(7) }),
        tablespaces: [{ ...place('/fast', { free: bytes(4000) }), clusters: [] }],
      },
    });
    expect(needs).toEqual([
      { mount: '/wal', path: '/wal', needed: 4 * segment, free: 7 },
      { mount: '/', path: '/new', needed: 5100, free: 4000 },
    ]);
  });
});

describe('refused', () => {
  const table: [string, Change, RegExp][] = [
    ['a server runs there', { seen: { servers: [{ pid: 42, path: '/new' }] } }, /a server runs on \/new \(pid 42\)/],
    [
      'another cluster',
      { seen: { data: full, systemId: '999', version: '16' } },
      /holds another cluster: system identifier 999, PostgreSQL 16; backup \S+ is of main, 7710682094323993198, PostgreSQL 15\.18/,
    ],
    ['not empty, and no cluster', { seen: { data: full } }, /is not empty, and is no data directory/],
    [
      'a half restore of another cluster',
      { seen: { data: full, marker: { ...marker, systemId: '999' } } },
      /system identifier 999/,
    ],
    ['a file', { seen: { data: place('/new', { state: 'no-directory' }) } }, /\/new is no directory/],
    [
      'no right to write',
      { seen: { data: place('/new', { writable: false, owner: 'root' }) } },
      /postgres cannot write to \/new \(it belongs to root\)/,
    ],
    [
      'programs of another major',
      { seen: { programs: 'postgres (PostgreSQL) 17.2' } },
      /are PostgreSQL 17\.2, and backup \S+ is of 15\.18/,
    ],
    [
      'no room',
      { seen: { data: place('/new', { free: bytes(5) }) } },
      /1\.1 GB are needed in \/new \(file system \/\), and 5 B are free/,
    ],
    [
      'a failed backup',
      { wish: { backup: { ...backup, status: 'failed', damaged: '3 pages' } } },
      /failed and must not be trusted: 3 pages/,
    ],
    [
      'a pg_control that is damaged',
      { contents: { control: undefined } },
      /holds no pg_control that a server would start with/,
    ],
    ['no backup_label', { contents: { hasLabel: false } }, /holds no backup_label/],
    [
      'WAL of another cluster where pg_wal shall link to',
      { seen: { wal: place('/wal', { state: 'full' }), walSystemId: '999' } },
      /\/wal holds WAL of system identifier 999; the backup is of 7710682094323993198/,
    ],
    ['something else there', { seen: { wal: place('/wal', { state: 'full' }) } }, /holds something that is no WAL/],
    [
      'pg_wal links elsewhere',
      { seen: { data: full, systemId: backup.systemId, walLink: '/other', wal: place('/wal', { state: 'empty' }) } },
      /pg_wal of \/new links to \/other, not to \/wal/,
    ],
    [
      'the tablespace of the source',
      {
        wish: { tablespaces: [{ oid: '16384', from: '/fast', to: '/fast' }] },
        seen: { tablespaces: [{ ...place('/fast', { state: 'full' }), clusters: ['PG_15_202209061'] }] },
      },
      /\/fast, where tablespace \/fast would lie, holds PG_15_202209061 of another cluster/,
    ],
    [
      'that of the source, into a directory that has its own',
      {
        wish: { tablespaces: [{ oid: '16384', from: '/fast', to: '/fast' }] },
        seen: {
          data: full,
          systemId: backup.systemId,
          spaceLinks: new Map([['16384', '/own']]),
          tablespaces: [{ ...place('/fast', { state: 'full' }), clusters: ['PG_15_202209061'] }],
        },
      },
      /\/fast, where tablespace \/fast would lie, holds PG_15_202209061 of another cluster/,
    ],
    [
      'a tablespace within the data directory',
      {
        wish: { tablespaces: [{ oid: '16384', from: '/fast', to: '/new/fast' }] },
        seen: { tablespaces: [{ ...place('/new/fast'), clusters: [] }] },
      },
      /within the data directory/,
    ],
  ];
  it.each(table)('%s', (_, change, expected) => {
    const found = reasons(change);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(expected);
    expect(() => refuse(plan(change))).toThrow(expect.objectContaining({ code: 'refused', exit: 4 }));
  });

  it('with every reason at once', () => {
    const change: Change = { seen: { servers: [{ pid: 42, path: '/new' }], programs: 'postgres (PostgreSQL) 17.2' } };
    expect(() => refuse(plan(change))).toThrow(
      expect.objectContaining({ hint: expect.stringMatching(/^stop it[^]*\nand the programs/) }),
    );
  });

  it('not: its own tablespace', () => {
    const tablespaces = [{ oid: '16384', from: '/fast', to: '/own' }];
    const spaces = [{ ...place('/own', { state: 'full' }), clusters: ['PG_15_202209061'] }];
    const there = { data: full, systemId: backup.systemId, tablespaces: spaces };
    const spaceLinks = new Map([['16384', '/own']]);
    expect(reasons({ wish: { tablespaces }, seen: { ...there, spaceLinks } })).toEqual([]);
    const cutOff = { ...marker, tablespaces: [{ oid: '16384', location: '/own' }] };
    expect(reasons({ wish: { tablespaces }, seen: { ...there, marker: cutOff } })).toEqual([]);
  });

  it('not: WAL of this cluster that outlived the data', () => {
    expect(reasons({ seen: { wal: place('/wal', { state: 'full' }), walSystemId: backup.systemId } })).toEqual([]);
  });
});
