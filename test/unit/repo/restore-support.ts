// A backup, what it holds, and an empty place for it, to be changed by each test.

import { limits } from '../../../src/postgres/control-file.ts';
import { lsn } from '../../../src/postgres/lsn.ts';
import { timeline } from '../../../src/postgres/timeline.ts';
import type { Backup } from '../../../src/repo/backup.ts';
import type { Contents } from '../../../src/repo/restore-contents.ts';
import type { RestoreWish } from '../../../src/repo/restore-wish.ts';
import type { PlaceSeen, TargetSeen } from '../../../src/repo/restore-target.ts';
import { bytes, type Instant } from '../../../src/time.ts';

export const segment = 16 * 1024 * 1024;
export const gigabyte = 1024 ** 3;

export const backup: Backup = {
  format: 1,
  id: '20261121T031244Z-k3f9',
  cluster: 'main',
  label: 'nightly',
  status: 'ok',
  damaged: null,
  systemId: '7710682094323993198',
  version: '15.18',
  segmentSize: segment,
  from: 'node2',
  role: 'standby',
  started: '2026-11-21T03:12:44Z' as Instant,
  stopped: '2026-11-21T03:13:44Z' as Instant,
  timeline: timeline(1),
  start: lsn(0x2000028n),
  stop: lsn(0x2000100n),
  stopTimeline: timeline(1),
  size: bytes(gigabyte),
  added: bytes(gigabyte),
  files: 1000,
  blocks: { all: 1000, stored: 1000, patched: 0, same: 0 },
  tablespaces: [],
  packs: [],
};

export const control = {
  systemId: backup.systemId,
  version: 1300,
  limits: Object.fromEntries(limits.map(name => [name, name === 'max_connections' ? 300 : 10])) as Record<
    (typeof limits)[number],
    number
  >,
};

export const contents: Contents = {
  files: 1000,
  sizes: new Map([[null, gigabyte]]),
  paths: new Set(['PG_VERSION', 'global', 'global/pg_control']),
  control,
  conf: 'max_connections = 500\n',
  auto: '',
  hasLabel: true,
  hasTablespaceMap: false,
  groupAccess: false,
};

export const place = (path: string, change: Partial<PlaceSeen> = {}): PlaceSeen => ({
  path,
  state: 'absent',
  writable: true,
  owner: 'postgres',
  free: bytes(10 * gigabyte),
  mount: '/',
  ...change,
});

export const seen = (change: Partial<TargetSeen> = {}): TargetSeen => ({
  user: 'postgres',
  owner: null,
  data: place('/new'),
  wal: null,
  tablespaces: [],
  version: null,
  systemId: null,
  marker: null,
  walLink: null,
  spaceLinks: new Map(),
  walSystemId: null,
  servers: [],
  programs: 'postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)',
  ...change,
});

export const wish = (change: Partial<RestoreWish> = {}): RestoreWish => ({
  backup,
  places: { data: '/new', wal: null, tablespaces: [], bin: '/usr/lib/postgresql/15/bin' },
  tablespaces: [],
  wal: {
    segments: [
      { name: '000000010000000000000002', partial: false },
      { name: '000000010000000000000003', partial: true },
    ],
    histories: [],
  },
  becomes: { is: 'recovered', target: { latest: true }, timeline: timeline(1), action: 'promote' },
  where: '/new',
  ...change,
});
