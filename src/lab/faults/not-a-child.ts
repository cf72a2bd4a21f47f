// A standby was promoted by mistake, stopped, and made a standby again: its timeline is none that the primary grew out of.

import { Type } from 'typebox';
import { endOfLog, logSays } from '../log.ts';
import { putFile } from '../ownership.ts';
import { promote } from '../promote.ts';
import { remakeStandby } from '../remake.ts';
import { startServer, stopServer } from '../server.ts';
import { mustBe } from '../upstream.ts';
import { labFault } from './fault.ts';

export const notAChild = labFault({
  name: 'not-a-child',
  summary: 'the standby was promoted, stopped and made a standby again: it stands on a timeline of its own',
  befalls: 'standby',
  params: Type.Object({}, { additionalProperties: false }),
  example: 'fault: { fault: not-a-child, on: node2 }',
  async break(lab, node) {
    await mustBe(lab, node, 'standby');
    await promote(lab, node);
    await stopServer(node, lab.programs);
    putFile(`${node.data}/standby.signal`, '', 0o600, lab.user);
    const start = endOfLog(node);
    await startServer(node, lab.programs);
    await logSays(node, start, /is behind recovery timeline|is not a child of|forked off/);
  },
  heal: (lab, node) => remakeStandby(lab, node),
});
