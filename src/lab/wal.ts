// WAL used up on purpose: segment by segment, until the server can write no more or until a standby finds its own no longer.

import { existsSync } from 'node:fs';
import { Fault } from '../faults.ts';
import { seconds, showDuration } from '../time.ts';
import type { Lab } from './lab.ts';
import type { LabNode } from './layout.ts';

/** A message that is no transaction, so that under synchronous replication nobody waits; a segment nothing was written to is not switched. */
export const useUpSegment = "select pg_logical_emit_message(false, 'lifeboat', 'segment'); select pg_switch_wal()";

const patience = seconds(60);

/** Until the server fails at it: it lives on the segments that lie there for as long as they last. */
export async function useUpWal(lab: Lab, node: LabNode, hint: string): Promise<void> {
  const deadline = performance.now() + patience;
  while (await succeeded(() => lab.psql(node.name, useUpSegment, seconds(10)))) {
    if (performance.now() > deadline) {
      throw new Fault('failed', `the server still writes WAL after ${showDuration(patience)}`, { on: node.name, hint });
    }
  }
}

/** Writes and checkpoints until the segment that the primary writes now is gone from its disk, as weeks without a standby do it. */
export async function outlive(lab: Lab, primary: LabNode): Promise<void> {
  // What is not archived stays for ever, and a server killed in the middle of its archive_command leaves a short file that `test ! -f` stumbles over from then on.
  await lab.psql(primary.name, "alter system set archive_command = 'true'");
  await lab.psql(primary.name, 'alter system set wal_keep_size = 0; select pg_reload_conf()');
  // With a record in it: on the boundary of a segment pg_walfile_name() names the one before (13 to 18).
  await lab.psql(primary.name, "select pg_logical_emit_message(false, 'lifeboat', 'missed')");
  const needed = await lab.psql(primary.name, 'select pg_walfile_name(pg_current_wal_insert_lsn())');
  const deadline = performance.now() + patience;
  // Once at least: right after a switch the segment has a name, and no file before it is written to.
  for (let written = false; !written || existsSync(`${primary.wal}/${needed}`); written = true) {
    await lab.psql(primary.name, `${useUpSegment}; checkpoint`);
    if (performance.now() > deadline) {
      throw new Fault('failed', `the segment ${needed} is still there after ${showDuration(patience)}`, {
        on: primary.name,
        hint: 'does a replication slot hold it? select * from pg_replication_slots',
      });
    }
  }
  await lab.psql(primary.name, 'alter system reset archive_command');
  await lab.psql(primary.name, 'select pg_reload_conf()');
}

async function succeeded(ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch {
    return false;
  }
}
