// A standby was away for too long: its primary has recycled the WAL that it needs next, and no archive of its own has it.

import { Type } from 'typebox';
import { endOfLog, logSays } from '../log.ts';
import { remakeStandby } from '../remake.ts';
import { startServer, stopServer } from '../server.ts';
import { mustBe, primaryOf } from '../upstream.ts';
import { outlive } from '../wal.ts';
import { labFault } from './fault.ts';

export const walRemoved = labFault({
  name: 'wal-removed',
  summary: 'the standby was stopped while its primary, with wal_keep_size 0, recycled the segments that it needs next',
  befalls: 'standby',
  params: Type.Object({}, { additionalProperties: false }),
  example: 'fault: { fault: wal-removed, on: node2 }',
  async break(lab, node) {
    await mustBe(lab, node, 'standby');
    const primary = await primaryOf(lab);
    await stopServer(node, lab.programs);
    await outlive(lab, primary);
    const start = endOfLog(node);
    await startServer(node, lab.programs);
    await logSays(node, start, /requested WAL segment \w+ has already been removed/);
  },
  async heal(lab, node) {
    const primary = await primaryOf(lab);
    await lab.psql(primary.name, 'alter system reset wal_keep_size; select pg_reload_conf()');
    await remakeStandby(lab, node);
  },
});
