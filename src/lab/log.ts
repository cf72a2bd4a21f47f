// What a node's server log has said since a moment: how a fault knows that it has bitten.

import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { Fault } from '../faults.ts';
import { seconds, showDuration } from '../time.ts';
import type { LabNode } from './layout.ts';
import { until } from './probe.ts';

/** Bytes of the log so far: where to read on from. */
export function endOfLog({ log }: LabNode): number {
  try {
    return statSync(log).size;
  } catch {
    return 0;
  }
}

/** The log from there on; empty where there is none. */
export function logFrom({ log }: LabNode, start: number): string {
  try {
    const file = openSync(log, 'r');
    try {
      const rest = Buffer.alloc(Math.max(0, fstatSync(file).size - start));
      return rest.toString('utf8', 0, readSync(file, rest, 0, rest.length, start));
    } finally {
      closeSync(file);
    }
  } catch {
    return '';
  }
}

/** Returns once the log has said it since then. */
export async function logSays(node: LabNode, start: number, what: RegExp, within = seconds(30)): Promise<void> {
  if (await until(within, () => what.test(logFrom(node, start)), 25)) return;
  throw new Fault('failed', `the log did not say "${what.source}" within ${showDuration(within)}`, {
    on: node.name,
    hint: `less ${node.log}`,
  });
}
