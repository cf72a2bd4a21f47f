// Somebody, or the out-of-memory killer, ends the postmaster with SIGKILL; sessions at work do not notice and go on committing.

import { Type } from 'typebox';
import { Fault } from '../../faults.ts';
import { until } from '../probe.ts';
import { livingProcess, signal } from '../processes.ts';
import { postmaster } from '../server.ts';
import { labFault } from './fault.ts';

export const killed = labFault({
  name: 'killed',
  summary: 'kill -9 of the postmaster alone: its idle sessions end, one that is at work goes on committing',
  params: Type.Object({}, { additionalProperties: false }),
  example: 'fault: { fault: killed, on: node1 }',
  async break(_lab, node) {
    const found = postmaster(node);
    if (!found) throw new Fault('refused', 'no postmaster runs, so none can be killed', { on: node.name });
    signal(found.pid, 'SIGKILL');
    await until(10_000, () => livingProcess(found.pid)?.started !== found.started);
  },
  heal: () => Promise.resolve(),
});
