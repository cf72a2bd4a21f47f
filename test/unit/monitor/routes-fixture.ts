// A cluster whose primary was told to truncate the wrong table at 16:45:04: its way back, its nodes, and the room there is.

import type { NodeSeen, RouteEvidence } from '../../../src/monitor/routes/route.ts';
import type { NodeName } from '../../../src/ports.ts';
import { type Lsn, parseLsn } from '../../../src/postgres/lsn.ts';
import { timeline } from '../../../src/postgres/timeline.ts';
import type { Chosen } from '../../../src/repo/choose.ts';
import type { Lost } from '../../../src/repo/lost.ts';
import type { Unreachable } from '../../../src/repo/unreachable.ts';
import { bytes, type Instant, ms, seconds } from '../../../src/time.ts';
import { backup } from '../repo/restore-support.ts';
import { cluster } from '../report/fixture.ts';

export const lsn = (text: string): Lsn => parseLsn(text)!;
export const at = (time: string): Instant => `2026-11-21T${time}Z` as Instant;
const [megabyte, gigabyte] = [1024 ** 2, 1024 ** 3];
const line = timeline(1);

export const chosen: Chosen = {
  is: 'chosen',
  target: { is: 'xid', xid: 742, inclusive: false },
  backup,
  timeline: line,
  path: [{ timeline: line, from: backup.start, to: null }],
  segments: Array.from({ length: 128 }, (_, i) => ({
    name: `00000001000000000000${i.toString(16).padStart(4, '0').toUpperCase()}`,
    timeline: line,
    partial: false,
  })),
  histories: [],
  end: { is: 'before', lsn: lsn('0/82000A0'), time: at('16:45:04.830001'), xid: 742 },
  recovery: { target: { xid: '742', inclusive: false }, timeline: line },
  passed: [],
  notes: [],
  unread: [],
};

export const lost: Lost = {
  from: chosen.end.lsn,
  to: lsn('0/B2000A0'),
  size: bytes(48 * megabyte),
  commits: 1204,
  first: { xid: 742, committed: true, lsn: chosen.end.lsn, end: lsn('0/82000D0'), time: at('16:45:04.830001') },
  last: { xid: 2100, committed: true, lsn: lsn('0/B200000'), end: lsn('0/B2000A0'), time: at('16:52:09.1') },
  unseen: bytes(0),
  unread: [],
};

export const unreachable: Unreachable = {
  is: 'unreachable',
  target: { is: 'time', time: at('03:05:00.000000'), inclusive: true },
  reasons: [{ is: 'before-stop', backup: backup.id, stop: backup.stop, stopped: backup.stopped }],
  nearest: {
    before: null,
    after: {
      time: backup.stopped,
      lsn: backup.stop,
      xid: null,
      timeline: line,
      backup: backup.id,
      target: { is: 'immediate' },
    },
  },
  unread: [],
};

const nodeSeen = (name: string, more: Partial<NodeSeen>): NodeSeen => ({
  node: name as NodeName,
  site: { ...cluster.nodes[0]!, name: name as NodeName },
  role: 'standby',
  timeline: 1,
  received: lsn('0/B2000A0'),
  replayed: lsn('0/B2000A0'),
  paused: false,
  delay: ms(0),
  lastTransaction: at('16:52:09.1'),
  ...more,
});

export const primary = nodeSeen('node1', { role: 'primary', received: null, replayed: null, lastTransaction: null });
export const prompt = nodeSeen('node2', {});
export const late = nodeSeen('node3', {
  delay: seconds(3600),
  replayed: lsn('0/6000000'),
  lastTransaction: at('15:52:09.000'),
});

const room = (mount: string, needed: number, free: number) => ({
  needs: [{ mount, path: mount, needed: bytes(needed), free: bytes(free) }],
  refusals: [],
});

export const evidence: RouteEvidence = {
  at: at('16:52:10.000'),
  target: chosen.target,
  timeline: 'latest',
  found: chosen,
  lost,
  before: { xid: 741, committed: true, lsn: lsn('0/8200000'), end: lsn('0/8200030'), time: at('16:45:04.1') },
  present: { primary: primary.node, timeline: line, written: lsn('0/B2000A0'), nextXid: 2101 },
  nodes: [primary, prompt, late],
  place: primary.node,
  rooms: {
    aside: room('/disk1', 3.5 * gigabyte, 40 * gigabyte),
    delta: room('/disk1', 3 * gigabyte, 40 * gigabyte),
    beside: room('/', 4.5 * gigabyte, 60 * gigabyte),
  },
  into: '/srv/restored',
  table: 'public.pgbench_history',
  measured: [],
  options: ['--cluster', 'main'],
};

/** With other facts. */
export const given = (more: Partial<RouteEvidence>): RouteEvidence => ({ ...evidence, ...more });
