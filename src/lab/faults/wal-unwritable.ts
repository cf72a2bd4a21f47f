// The primary can no longer write WAL: its WAL directory loses the right to be written to, and the server panics.

import { chmodSync, statSync } from 'node:fs';
import { Type } from 'typebox';
import { Fault } from '../../faults.ts';
import { seconds } from '../../time.ts';
import type { LabNode } from '../layout.ts';
import { labFault } from './fault.ts';

const bite = seconds(60);

export const walUnwritable = labFault({
  name: 'wal-unwritable',
  summary: 'chmod u-w on the WAL directory: the server panics, cannot end its crash recovery, and goes down',
  params: Type.Object({}, { additionalProperties: false }),
  example: 'fault: { fault: wal-unwritable, on: node1 }',
  async break(lab, node) {
    chmodSync(node.wal, modeOf(node) & ~0o222);
    // Segments that lie there already can still be written: a server lives on them for as long as they last.
    const deadline = performance.now() + bite;
    while (await switched(() => lab.psql(node.name, useUpSegment, seconds(10)))) {
      if (performance.now() > deadline) {
        throw new Fault(
          'failed',
          `the server still writes WAL ${String(bite / 1000)} s after the directory was closed`,
          {
            on: node.name,
            hint: 'does it run as root, whom no mode stops?',
          },
        );
      }
    }
  },
  heal(_lab, node) {
    chmodSync(node.wal, modeOf(node) | 0o700);
    return Promise.resolve();
  },
});

/** A message that is no transaction, so that under synchronous replication nobody waits; a segment nothing was written to is not switched. */
const useUpSegment = "select pg_logical_emit_message(false, 'lifeboat', 'segment'); select pg_switch_wal()";

const modeOf = (node: LabNode): number => statSync(node.wal).mode & 0o777;

async function switched(ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch {
    return false;
  }
}
