// The disk of the WAL archive is gone; the server runs on, and its archive_command fails.

import { existsSync, renameSync } from 'node:fs';
import { Type } from 'typebox';
import { Fault } from '../../faults.ts';
import type { LabNode } from '../layout.ts';
import { labFault } from './fault.ts';

export const archiveLost = labFault({
  name: 'archive-lost',
  summary: "the node's WAL archive is gone, as with its disk: the server runs on and can archive nothing",
  params: Type.Object({}, { additionalProperties: false }),
  example: 'fault: { fault: archive-lost, on: node1 }',
  break(_lab, node) {
    if (!existsSync(node.archive)) throw new Fault('refused', 'its archive is gone already', { on: node.name });
    renameSync(node.archive, lost(node));
    return Promise.resolve();
  },
  heal(_lab, node) {
    if (!existsSync(node.archive) && existsSync(lost(node))) renameSync(lost(node), node.archive);
    return Promise.resolve();
  },
});

/** Where nobody who goes by the inventory looks. */
const lost = (node: LabNode): string => `${node.directory}/lost-archive`;
