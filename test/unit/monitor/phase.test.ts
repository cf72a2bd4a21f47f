// Why a server rejects, from the titles that ps shows and the last word of postmaster.pid.

import { expect, test } from 'vitest';
import { phaseOf } from '../../../src/monitor/phase.ts';

const processes = (...commands: string[]) => ({
  processes: ['postgres', ...commands].map((command, n) => ({ pid: n + 1, state: 'S', command })),
});
const segment = '000000010000000100000033';

test.each([
  [[`postgres: node1: startup recovering ${segment}`], 'starting', { is: 'recovering', segment }],
  [[`postgres: startup   recovering ${segment}`], 'starting', { is: 'recovering', segment }],
  [[`postgres: startup waiting for ${segment}`], 'standby', { is: 'recovering', segment }],
  [['postgres: node1: startup '], 'starting', { is: 'starting' }],
  [['postgres: node1: checkpointer performing shutdown checkpoint'], 'stopping', { is: 'shutting-down' }],
  [[`postgres: startup recovering ${segment}`], 'stopping', { is: 'shutting-down' }],
  [['postgres: node1: app postgres [local] INSERT'], 'ready   ', { is: 'recovering' }],
  [[], 'starting', { is: 'starting' }],
])('%j, %s', (commands, status, phase) => {
  expect(phaseOf(processes(...commands), status)).toEqual(phase);
});

test('nothing tells of a server that is gone by then', () => {
  expect(phaseOf({ processes: [] }, 'stopping')).toBeUndefined();
});
