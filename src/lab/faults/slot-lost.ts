// The replication slot of a standby is lost while the standby is away, and the WAL that it held with it.

import { Type } from 'typebox';
import { word } from '../../runbook/vocabulary.ts';
import { Fault } from '../../faults.ts';
import { endProcesses } from '../destroy.ts';
import type { Lab } from '../lab.ts';
import type { LabNode } from '../layout.ts';
import { endOfLog, logSays } from '../log.ts';
import { until } from '../probe.ts';
import { remakeStandby } from '../remake.ts';
import { startServer, stopServer } from '../server.ts';
import { mustBe, primaryOf } from '../upstream.ts';
import { outlive } from '../wal.ts';
import { labFault } from './fault.ts';

export const slotLost = labFault({
  name: 'slot-lost',
  summary: "the standby's replication slot is gone when it comes back, and so is the WAL that the slot held",
  befalls: 'standby',
  params: Type.Object(
    {
      how: Type.Optional(
        word(['dropped', 'invalidated'], {
          default: 'dropped',
          description: 'dropped: by somebody tidying up. invalidated: by max_slot_wal_keep_size, as wal_status "lost"',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  example: 'fault: { fault: slot-lost, on: node2, with: { how: invalidated } }',
  async break(lab, node, { how = 'dropped' }) {
    await mustBe(lab, node, 'standby');
    const primary = await primaryOf(lab);
    await useSlot(lab, primary, node);
    await stopServer(node, lab.programs);
    await lab.psql(primary.name, how === 'dropped' ? drop(node) : limit);
    await outlive(lab, primary);
    const start = endOfLog(node);
    await startServer(node, lab.programs);
    await logSays(
      node,
      start,
      how === 'dropped' ? /replication slot "\w+" does not exist/ : /invalidated|can no longer|already been removed/,
    );
  },
  async heal(lab, node) {
    const primary = await primaryOf(lab);
    await endProcesses(node.data);
    await lab.psql(primary.name, reset);
    await until(
      10_000,
      () =>
        lab.psql(primary.name, drop(node)).then(
          () => true,
          () => false,
        ),
      100,
    );
    await remakeStandby(lab, node);
  },
});

async function useSlot(lab: Lab, primary: LabNode, { name }: LabNode): Promise<void> {
  await lab.psql(primary.name, `select pg_create_physical_replication_slot('${name}', true)`);
  await lab.psql(name, `alter system set primary_slot_name = '${name}'; select pg_reload_conf()`);
  const active = `select active from pg_replication_slots where slot_name = '${name}'`;
  if (!(await until(30_000, async () => (await lab.psql(primary.name, active)) === 't', 50)))
    throw new Fault('failed', 'it does not come to use its replication slot', { on: name });
}

const drop = ({ name }: LabNode): string =>
  `select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = '${name}'`;
const limit = 'alter system set max_slot_wal_keep_size = 0; select pg_reload_conf()';
const reset = 'alter system reset max_slot_wal_keep_size; alter system reset wal_keep_size; select pg_reload_conf()';
