// The postmaster is frozen: it takes no connection and no signal, while sessions that were open go on writing and replicating.

import { Type } from 'typebox';
import { Fault } from '../../faults.ts';
import { until } from '../probe.ts';
import { livingProcess, signal } from '../processes.ts';
import { postmaster } from '../server.ts';
import { labFault } from './fault.ts';

export const frozen = labFault({
  name: 'frozen',
  summary: 'SIGSTOP of the postmaster alone: pg_isready times out, no stop works, open sessions go on committing',
  params: Type.Object({}, { additionalProperties: false }),
  example: 'fault: { fault: frozen, on: node1 }',
  async break(_lab, node) {
    const found = postmaster(node);
    if (!found) throw new Fault('refused', 'no postmaster runs, so none can be frozen', { on: node.name });
    signal(found.pid, 'SIGSTOP');
    await until(10_000, () => livingProcess(found.pid)?.state === 'T');
  },
  heal(_lab, node) {
    const found = postmaster(node);
    if (found) signal(found.pid, 'SIGCONT');
    return Promise.resolve();
  },
});
