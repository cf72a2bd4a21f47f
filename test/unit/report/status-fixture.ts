// A cluster of three, of which one is lost and one lags.
import type { ClusterStatus, NodeStatus } from '../../../src/report/status-data.ts';
import { bytes, ms } from '../../../src/time.ts';
import { at, lsn } from './fixture.ts';

const unknown: NodeStatus = {
  node: 'node1',
  reachable: false,
  why: 'no route to host',
  ready: 'no-response',
  role: null,
  timeline: null,
  lsn: null,
  received: null,
  lagBytes: null,
  lagTime: null,
  sync: null,
  lastTransaction: null,
  fence: null,
  replayPaused: null,
  lock: null,
};

export const status: ClusterStatus = {
  cluster: 'main',
  at: at('03:12:45'),
  nodes: [
    unknown,
    {
      ...unknown,
      node: 'node2',
      reachable: true,
      why: null,
      ready: 'accepting',
      role: 'primary',
      timeline: 2,
      lsn: lsn('1F/1A2B3C8'),
    },
    {
      ...unknown,
      node: 'node3',
      reachable: true,
      why: null,
      ready: 'accepting',
      role: 'standby',
      timeline: 2,
      lsn: lsn('1F/1A00000'),
      received: lsn('1F/1A2B3C8'),
      lagBytes: bytes(177_096),
      lagTime: ms(1200),
      sync: 'async',
      lastTransaction: at('03:12:43.800'),
      replayPaused: true,
      lock: 'failover-20261121-0312',
    },
    {
      ...unknown,
      node: 'node4',
      reachable: true,
      why: null,
      role: 'down',
      timeline: 1,
      fence: 'node2 is the primary now',
    },
  ],
  proven: [],
  owed: [
    { node: 'node1', is: 'owed', words: 'fence owed: node1 cannot be reached (run 20261121-031244-failover-7c1f)' },
  ],
};
