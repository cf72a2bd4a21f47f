// The primary can no longer write WAL: its WAL directory loses the right to be written to, and the server panics.

import { chmodSync, statSync } from 'node:fs';
import { Type } from 'typebox';
import type { LabNode } from '../layout.ts';
import { useUpWal } from '../wal.ts';
import { labFault } from './fault.ts';

export const walUnwritable = labFault({
  name: 'wal-unwritable',
  summary: 'chmod u-w on the WAL directory: the server panics, cannot end its crash recovery, and goes down',
  params: Type.Object({}, { additionalProperties: false }),
  example: 'fault: { fault: wal-unwritable, on: node1 }',
  async break(lab, node) {
    chmodSync(node.wal, modeOf(node) & ~0o222);
    // Segments that lie there already can still be written.
    await useUpWal(lab, node, 'does it run as root, whom no mode stops?');
  },
  heal(_lab, node) {
    chmodSync(node.wal, modeOf(node) | 0o700);
    return Promise.resolve();
  },
});

const modeOf = (node: LabNode): number => statSync(node.wal).mode & 0o777;
