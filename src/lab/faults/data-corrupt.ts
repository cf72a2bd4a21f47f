// A data file is damaged: a page of the system catalogue, or the control file that every start begins with.

import { Type } from 'typebox';
import { Fault } from '../../faults.ts';
import { seconds } from '../../time.ts';
import { word } from '../../runbook/vocabulary.ts';
import { damage, mend } from '../damage.ts';
import type { LabNode } from '../layout.ts';
import { endOfLog, logSays } from '../log.ts';
import { until } from '../probe.ts';
import { setOff, stopServer } from '../server.ts';
import type { Lab } from '../lab.ts';
import { labFault } from './fault.ts';

export const dataCorrupt = labFault({
  name: 'data-corrupt',
  summary: 'a data file is damaged on the disk and read anew: the server turns everyone away, or does not start',
  params: Type.Object(
    {
      file: Type.Optional(
        word(['catalogue', 'control'], {
          default: 'catalogue',
          description:
            'catalogue: the first page of pg_database; the server runs, and refuses every connection. control: global/pg_control; it does not start',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  example: 'fault: { fault: data-corrupt, on: node1, with: { file: control } }',
  async break(lab, node, { file = 'catalogue' }) {
    const path = file === 'control' ? 'global/pg_control' : await lab.psql(node.name, whereDatabases);
    // A running server has these pages in memory, and would write the damage over.
    await stopServer(node, lab.programs);
    damage(node, `${node.data}/${path}`, file === 'control' ? 40 : 4096, 64);
    const start = endOfLog(node);
    await setOff(node, lab.programs);
    // The page is read when somebody comes.
    if (file === 'catalogue') await until(10_000, () => refused(lab, node));
    await logSays(
      node,
      start,
      file === 'control' ? /incorrect checksum in control file/ : /invalid page in block 0 of relation/,
    );
  },
  heal(_lab, node) {
    mend(node);
    return Promise.resolve();
  },
});

const whereDatabases = "select pg_relation_filepath('pg_database')";

const refused = (lab: Lab, node: LabNode): Promise<boolean> =>
  lab.psql(node.name, 'select 1', seconds(5)).then(
    () => false,
    (error: unknown) => error instanceof Fault && error.message.includes('invalid page'),
  );
