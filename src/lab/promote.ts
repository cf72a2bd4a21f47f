// A promotion by hand: nobody is asked, nobody is told.

import { run } from '../drivers/process.ts';
import { Fault } from '../faults.ts';
import { pgCtlPromote } from '../postgres/commands.ts';
import { seconds } from '../time.ts';
import type { Lab } from './lab.ts';
import type { LabNode } from './layout.ts';
import { installationOf } from './server.ts';

/** Returns once it takes writes, with what was on its old timeline checkpointed on the new one. */
export async function promote(lab: Lab, node: LabNode): Promise<void> {
  const argv = pgCtlPromote(installationOf(lab.programs.bin, node), 60);
  const ended = await run(argv, { as: lab.user.as, within: seconds(90) });
  if (ended.code !== 0)
    throw new Fault('failed', `pg_ctl promote: ${ended.stderr.trim() || ended.how}`, { on: node.name });
  await lab.psql(node.name, "select pg_logical_emit_message(false, 'lifeboat', 'promoted'); checkpoint");
}
