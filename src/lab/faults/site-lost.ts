// The whole site is lost at once: data, WAL and archive of every server; empty disks are put in, and the repository, which is elsewhere, is left.

import { existsSync, rmSync } from 'node:fs';
import { Type } from 'typebox';
import { Fault } from '../../faults.ts';
import { endProcesses } from '../destroy.ts';
import { makeDirectory } from '../ownership.ts';
import { labFault } from './fault.ts';

export const siteLost = labFault({
  name: 'site-lost',
  summary:
    'every server of the lab is killed and its data, WAL and archive are gone for good; hosts and repository are left',
  params: Type.Object({}, { additionalProperties: false }),
  example: 'fault: { fault: site-lost }',
  async break(lab, node) {
    if (!existsSync(node.data)) throw new Fault('refused', 'its data directory is gone already', { on: node.name });
    for (const { data, wal, archive, backup } of lab.nodes) {
      await endProcesses(data);
      for (const path of [data, wal, archive, backup]) rmSync(path, { recursive: true, force: true });
      for (const path of [archive, backup]) makeDirectory(path, 0o755, lab.user);
    }
  },
  heal: () => Promise.resolve(),
});
