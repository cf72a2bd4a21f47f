// A WAL record that crash recovery cannot do without is damaged: the server ends in a crash and never comes up again.

import { Type } from 'typebox';
import { run } from '../../drivers/process.ts';
import { Fault } from '../../faults.ts';
import { parseControlData } from '../../postgres/control-data.ts';
import { segmentName, segmentStart } from '../../postgres/segment.ts';
import { seconds } from '../../time.ts';
import { damage, mend } from '../damage.ts';
import { endProcesses } from '../destroy.ts';
import type { Lab } from '../lab.ts';
import type { LabNode } from '../layout.ts';
import { endOfLog, logSays } from '../log.ts';
import { setOff } from '../server.ts';
import { labFault } from './fault.ts';

export const walCorrupt = labFault({
  name: 'wal-corrupt',
  summary: 'a crash, and the WAL record of the last checkpoint is damaged: no start gets through its recovery',
  params: Type.Object({}, { additionalProperties: false }),
  example: 'fault: { fault: wal-corrupt, on: node1 }',
  async break(lab, node) {
    await endProcesses(node.data);
    const { path, offset } = await checkpointRecord(lab, node);
    damage(node, path, offset, 64);
    const start = endOfLog(node);
    await setOff(node, lab.programs);
    await logSays(node, start, /could not locate a valid checkpoint record[\s\S]*database system is shut down/);
  },
  heal(_lab, node) {
    mend(node);
    return Promise.resolve();
  },
});

/**
 * A damaged record further on is no fault to PostgreSQL, but the end of WAL: recovery stops there, and what lay behind is lost
 * in silence. Without the checkpoint's record there is no recovery at all.
 */
async function checkpointRecord(lab: Lab, node: LabNode): Promise<{ path: string; offset: number }> {
  const argv = [`${lab.programs.bin}/pg_controldata`, '-D', node.data];
  const said = await run(argv, { as: lab.user.as, within: seconds(10) });
  const control = parseControlData(said.stdout);
  if (!control) throw new Fault('failed', `pg_controldata: ${said.stderr.trim() || said.how}`, { on: node.name });
  const { checkpoint, walSegmentSize: size } = control;
  const path = `${node.wal}/${segmentName(control.timeline, checkpoint, size)}`;
  return { path, offset: Number(checkpoint - segmentStart(checkpoint, size)) };
}
