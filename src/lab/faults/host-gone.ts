// A host is gone: PostgreSQL, sshd and all that ran in its sessions end in one moment, and its address answers no more.

import { Type } from 'typebox';
import { Fault } from '../../faults.ts';
import { word } from '../../runbook/vocabulary.ts';
import { endProcesses } from '../destroy.ts';
import { silence } from '../silence.ts';
import { labFault } from './fault.ts';

export const hostGone = labFault({
  name: 'host-gone',
  summary: 'sshd, its sessions and PostgreSQL all end at once by SIGKILL, and nothing answers at the address',
  params: Type.Object(
    {
      mode: Type.Optional(
        word(['refused', 'silent'], {
          default: 'refused',
          description:
            'What a newcomer meets: refused at once, or silence up to its own deadline. Connections open at the moment of the fault are reset in both, which a power cut would not do',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  example: 'fault: { fault: host-gone, on: node1, with: { mode: silent } }',
  async break(_lab, node, { mode }) {
    await endProcesses(node.directory);
    if (mode === 'silent') {
      for (const port of [node.port, node.sshPort]) {
        if (!(await silence(node, port)))
          throw new Fault('failed', `port ${String(port)} still answers`, { on: node.name });
      }
    }
  },
  heal: (_lab, node) => endProcesses(node.directory),
});
