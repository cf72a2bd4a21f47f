// The data directory is gone, with everything that ran in it; the WAL and the archive, on other disks, are left.

import { existsSync, renameSync } from 'node:fs';
import { Type } from 'typebox';
import { Fault } from '../../faults.ts';
import { endProcesses } from '../destroy.ts';
import type { LabNode } from '../layout.ts';
import { labFault } from './fault.ts';

export const dataLost = labFault({
  name: 'data-lost',
  summary: 'the server is killed as a whole and its data directory is gone; the disks of WAL and archive are left',
  params: Type.Object({}, { additionalProperties: false }),
  example: 'fault: { fault: data-lost, on: node1 }',
  async break(_lab, node) {
    if (!existsSync(node.data)) throw new Fault('refused', 'its data directory is gone already', { on: node.name });
    // First: a server keeps its working directory, wherever that is moved, and would write on in it.
    await endProcesses(node.data);
    renameSync(node.data, lost(node));
  },
  heal(_lab, node) {
    if (!existsSync(node.data) && existsSync(lost(node))) renameSync(lost(node), node.data);
    return Promise.resolve();
  },
});

/** Where nobody who goes by the inventory looks. */
const lost = (node: LabNode): string => `${node.directory}/lost-data`;
