// The server ended in a crash with much WAL since its last checkpoint: it comes up again, and takes long over it.

import { Type } from 'typebox';
import { size } from '../../runbook/vocabulary.ts';
import { run } from '../../drivers/process.ts';
import { Fault } from '../../faults.ts';
import { bytes, parseBytes, seconds } from '../../time.ts';
import { endProcesses } from '../destroy.ts';
import { Load } from '../load.ts';
import { until } from '../probe.ts';
import { setOff } from '../server.ts';
import { labFault } from './fault.ts';

/** What a busy server of a few gigabytes writes between two checkpoints; here some seconds of recovery. */
const usual = '512MB';

export const crashRecovery = labFault({
  name: 'crash-recovery',
  summary: 'killed as a whole and started again with much to redo: it turns everyone away until its recovery has ended',
  params: Type.Object(
    { redo: Type.Optional(size({ default: usual, description: 'WAL that lies behind the last checkpoint' })) },
    { additionalProperties: false },
  ),
  example: 'fault: { fault: crash-recovery, on: node1, with: { redo: 1GB } }',
  async break(lab, node, { redo }) {
    // As it stands in a drill or on the command line; a checkpoint on the way would take the work away.
    const much = parseBytes(String(redo ?? usual)) ?? bytes(0);
    await lab.psql(
      node.name,
      "alter system set max_wal_size = '64GB'; alter system set checkpoint_timeout = '1h'; select pg_reload_conf(); checkpoint",
    );
    const load = await Load.start(lab, node, {});
    await load.untilRedo(much);
    await endProcesses(node.data);
    await setOff(node, lab.programs);
    const ask = [`${lab.programs.bin}/pg_isready`, '-q', '-h', node.address, '-p', String(node.port), '-t', '1'];
    const rejects = async () => (await run(ask, { as: lab.user.as, within: seconds(5) })).code === 1;
    if (!(await until(10_000, rejects)))
      throw new Fault('failed', 'its recovery was over before anyone saw it', { on: node.name, hint: '-p redo=2GB' });
  },
  async heal(lab, node) {
    await until(
      600_000,
      () =>
        lab.psql(node.name, back).then(
          () => true,
          () => false,
        ),
      100,
    );
  },
});

const back = 'alter system reset max_wal_size; alter system reset checkpoint_timeout; select pg_reload_conf()';
