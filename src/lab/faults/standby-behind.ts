// A standby falls behind its primary: it replays, or receives, more slowly than the primary writes, or is told to wait.

import { Type } from 'typebox';
import { Fault } from '../../faults.ts';
import { word } from '../../runbook/vocabulary.ts';
import type { LabNode } from '../layout.ts';
import { until } from '../probe.ts';
import { livingProcess, processesOf, signal, type Process } from '../processes.ts';
import { mustBe, primaryOf } from '../upstream.ts';
import { labFault } from './fault.ts';

export const standbyBehind = labFault({
  name: 'standby-behind',
  summary: 'the standby falls behind while its primary writes: 16 MB are waiting when this returns',
  befalls: 'standby',
  params: Type.Object(
    {
      how: Type.Optional(
        word(['replay', 'receive', 'delay'], {
          default: 'replay',
          description:
            'replay: its startup process stands still. receive: its WAL receiver does, until the primary gives it up after wal_sender_timeout. delay: recovery_min_apply_delay of an hour',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  example: 'fault: { fault: standby-behind, on: node2, with: { how: receive } }',
  async break(lab, node, { how = 'replay' }) {
    await mustBe(lab, node, 'standby');
    const primary = await primaryOf(lab);
    if (how === 'delay') await lab.psql(node.name, `alter system set recovery_min_apply_delay = '1h'; ${reload}`);
    else await stand(node, how);
    // Only commits are delayed, and everything behind the first of them; one is not waited for by a standby that receives nothing.
    await lab.psql(primary.name, how === 'delay' ? `select pg_current_xact_id(); ${messages}` : messages);
    // Only what is flushed is sent, and a message that is no transaction is in no hurry.
    await lab.psql(primary.name, 'checkpoint');
    const end = await lab.psql(primary.name, 'select pg_current_wal_flush_lsn()');
    const state = `pg_wal_lsn_diff('${end}', pg_last_wal_receive_lsn()) <= 0, pg_wal_lsn_diff('${end}', ${
      how === 'receive' ? 'pg_last_wal_receive_lsn()' : 'pg_last_wal_replay_lsn()'
    }) > 16777216`;
    const wanted = how === 'receive' ? 'f|t' : 't|t';
    if (!(await until(30_000, async () => (await lab.psql(node.name, `select ${state}`)) === wanted, 50)))
      throw new Fault('failed', 'it keeps up all the same', { on: node.name });
  },
  async heal(lab, node) {
    for (const { pid } of [...workers(node, 'replay'), ...workers(node, 'receive')]) signal(pid, 'SIGCONT');
    await lab.psql(node.name, `alter system reset recovery_min_apply_delay; ${reload}`);
  },
});

const reload = 'select pg_reload_conf()';
const messages =
  "select count(pg_logical_emit_message(false, 'lifeboat', repeat('x', 1048576))) from generate_series(1, 17)";

/** By the title that ps shows: `postgres: node2: startup recovering …`. */
function workers(node: LabNode, what: 'replay' | 'receive'): Process[] {
  const title = what === 'replay' ? /^postgres: .*\bstartup\b/ : /^postgres: .*\bwalreceiver\b/;
  return processesOf(node.data).filter(({ command }) => title.test(command));
}

async function stand(node: LabNode, what: 'replay' | 'receive'): Promise<void> {
  const found = workers(node, what);
  for (const { pid } of found) signal(pid, 'SIGSTOP');
  const still = () => found.length > 0 && found.every(({ pid }) => livingProcess(pid)?.state === 'T');
  if (!(await until(10_000, still)))
    throw new Fault('refused', `it has no ${what === 'replay' ? 'startup process' : 'WAL receiver'}`, {
      on: node.name,
    });
}
