// A restore onto a node whose data is moved aside before: what counts of what lies there now, and what does not.
import { describe, expect, it } from 'vitest';
import { lsn } from '../../../src/postgres/lsn.ts';
import { timeline } from '../../../src/postgres/timeline.ts';
import type { Chosen } from '../../../src/repo/choose.ts';
import type { NodePlaces } from '../../../src/repo/keeping.ts';
import type { Contents } from '../../../src/repo/restore-contents.ts';
import { planNodeRestore, spacesOf } from '../../../src/repo/node-restore.ts';
import type { PlaceSeen, TargetSeen } from '../../../src/repo/restore-target.ts';
import { bytes } from '../../../src/time.ts';
import { backup, contents, gigabyte, place, seen } from './restore-support.ts';

const into: NodePlaces = {
  data: '/disk1/data',
  wal: null,
  tablespaces: { fast: '/disk5/fast' },
  spaces: null,
  bin: '/usr/lib/postgresql/15/bin',
  broken: '/disk4/broken',
};

const chosen: Chosen = {
  is: 'chosen',
  target: { is: 'xid', xid: 742, inclusive: false },
  backup,
  timeline: timeline(1),
  path: [{ timeline: timeline(1), from: backup.start, to: null }],
  segments: [{ name: '000000010000000000000002', timeline: timeline(1), partial: false }],
  histories: [],
  end: { is: 'before', lsn: lsn(0x3000000n), time: null, xid: 742 },
  recovery: { target: { xid: '742', inclusive: false }, timeline: timeline(1) },
  passed: [],
  notes: [],
  unread: [],
};

/** A server runs on data of this cluster. */
const running: Partial<TargetSeen> = {
  data: place('/disk1/data', { state: 'full', mount: '/disk1' }),
  systemId: backup.systemId,
  version: '15',
  servers: [{ pid: 42, path: '/disk1/data' }],
};

function plan(
  target: Partial<TargetSeen> = {},
  broken: Partial<PlaceSeen> = {},
  of: Partial<Chosen> = {},
  held: Partial<Contents> = {},
) {
  const node = {
    target: seen({ ...running, ...target }),
    broken: place('/disk4/broken', { mount: '/disk4', ...broken }),
  };
  return planNodeRestore(
    { chosen: { ...chosen, ...of }, into, where: 'node1:/disk1/data' },
    { ...contents, ...held },
    node,
  );
}
const reasons = (...args: Parameters<typeof plan>) => plan(...args).plan.refusals.map(({ what }) => what);

describe('what lies there now', () => {
  it('a server that will be stopped, and data that will be moved, stand against nothing', () => {
    const { plan: found } = plan();
    expect([found.mode, found.refusals]).toEqual(['new', []]);
  });

  it('what leaves for another disk makes room for what comes', () => {
    expect(reasons({ data: place('/disk1/data', { state: 'full', mount: '/disk1', free: bytes(1) }) })).toEqual([]);
  });

  it('what stays on the same disk does not', () => {
    const full = place('/disk1/data', { state: 'full', mount: '/disk1', free: bytes(1000) });
    expect(reasons({ data: full }, { mount: '/disk1' })).toEqual([
      expect.stringMatching(/are needed in \/disk1\/data/),
    ]);
  });

  it('there must be room for it where it goes', () => {
    expect(reasons({}, { free: bytes(gigabyte - 1) })).toEqual([
      expect.stringMatching(/to be moved to \/disk4\/broken/),
    ]);
  });

  it("another cluster's data is nobody's to move", () => {
    expect(reasons({ systemId: '999' })).toEqual([
      expect.stringMatching(/holds another cluster: system identifier 999/),
    ]);
  });

  it('what a restore that was cut off has left is gone on with', () => {
    const marker = { systemId: backup.systemId, backup: backup.id, cluster: 'main', tablespaces: [] };
    expect(plan({ marker, systemId: null }).plan).toMatchObject({ mode: 'resume', refusals: [] });
  });

  it('a tablespace lies where the node has it, and a directory that cannot be made is told', () => {
    const spaces = [{ oid: '16384', name: 'fast', location: '/old/fast' }];
    const there = { ...place('/disk5/fast', { writable: false, owner: 'root' }), clusters: [] };
    const of = { backup: { ...backup, tablespaces: spaces } };
    expect(plan({ tablespaces: [there] }, {}, of).spaces).toEqual(['/disk5/fast']);
    expect(reasons({ tablespaces: [there] }, {}, of)).toEqual([expect.stringMatching(/cannot write to \/disk5\/fast/)]);
  });
});

it('in a sandbox no tablespace lies where it lay: a server works there', () => {
  const spaces = [{ oid: '16384', name: 'fast', location: '/old/fast' }];
  const places = { ...into, tablespaces: {}, spaces: '/disk4/sandbox/tablespaces' };
  expect(spacesOf({ ...backup, tablespaces: spaces }, places)).toEqual([
    { oid: '16384', from: '/old/fast', to: '/disk4/sandbox/tablespaces/16384' },
  ]);
});

it('wal_level = minimal in the backup counts where the node has no configuration of its own any more', () => {
  const held = { auto: "wal_level = 'minimal'\n" };
  expect(reasons({}, {}, {}, held)).toEqual([]);
  expect(reasons({ data: place('/disk1/data', { mount: '/disk1' }) }, {}, {}, held)).toEqual([
    expect.stringMatching(/^the configuration in backup \S+ has wal_level = minimal/),
  ]);
});

it('the settings rely on nothing of the backup’s configuration: limits are given, the target, and no archiving', () => {
  const { lines } = plan();
  expect(lines).toEqual(
    expect.arrayContaining([
      "max_connections = '300'",
      "recovery_target_xid = '742'",
      "recovery_target_inclusive = 'off'",
      "recovery_target_timeline = '1'",
      "archive_mode = 'off'",
    ]),
  );
});
