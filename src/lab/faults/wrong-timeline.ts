// The primary was taken back to an earlier moment (PITR) and goes on from there; its standbys stand beyond that, on the former timeline.

import { renameSync, rmSync, symlinkSync } from 'node:fs';
import { Type } from 'typebox';
import { Fault } from '../../faults.ts';
import { settingLine } from '../../postgres/settings.ts';
import { seconds } from '../../time.ts';
import type { Lab } from '../lab.ts';
import type { LabNode } from '../layout.ts';
import { endOfLog, logSays } from '../log.ts';
import { putFile } from '../ownership.ts';
import { until } from '../probe.ts';
import { copyRunning, remakeStandby } from '../remake.ts';
import { startServer, stopServer } from '../server.ts';
import { mustBe } from '../upstream.ts';
import { useUpSegment } from '../wal.ts';
import { labFault } from './fault.ts';

export const wrongTimeline = labFault({
  name: 'wrong-timeline',
  summary: 'point-in-time recovery of the primary: its standbys are left on the former timeline, beyond the fork',
  params: Type.Object({}, { additionalProperties: false }),
  example: 'fault: { fault: wrong-timeline, on: node1 }',
  async break(lab, node) {
    await mustBe(lab, node, 'primary');
    const copy = `${node.backup}/before-pitr`;
    rmSync(copy, { recursive: true, force: true });
    await copyRunning(lab, node, node, { into: copy });
    const target = await lab.psql(node.name, `select pg_create_restore_point('before the mistake')`);
    const standbys = await beyond(lab, node, target);
    const starts = standbys.map(endOfLog);
    await stopServer(node, lab.programs);
    await recover(lab, node, copy);
    await Promise.all(standbys.map((standby, at) => logSays(standby, starts[at] ?? 0, /forked off current/)));
  },
  async heal(lab, node) {
    for (const other of lab.nodes.filter(({ name }) => name !== node.name)) await remakeStandby(lab, other);
  },
});

/** The standbys that have replayed more than what the primary is about to go back to. */
async function beyond(lab: Lab, primary: LabNode, target: string): Promise<LabNode[]> {
  await lab.psql(primary.name, useUpSegment);
  const replayed = (node: LabNode) =>
    lab.psql(node.name, `select pg_is_in_recovery() and pg_last_wal_replay_lsn() > '${target}'`, seconds(5));
  const others = lab.nodes.filter(({ name }) => name !== primary.name);
  const far = async (node: LabNode) => until(10_000, async () => (await replayed(node).catch(() => '')) === 't', 50);
  const there = await Promise.all(others.map(far));
  const found = others.filter((_, at) => there[at]);
  if (found.length > 0) return found;
  throw new Fault('refused', 'no standby replays what it writes', { on: primary.name, hint: 'lifeboat status' });
}

/** By the book: the old data moved aside, the intact WAL directory used again, the recovery settings taken out afterwards. */
async function recover(lab: Lab, node: LabNode, copy: string): Promise<void> {
  renameSync(node.data, `${node.broken}/data-${String(Date.now())}`);
  renameSync(copy, node.data);
  rmSync(`${node.data}/pg_wal`, { recursive: true });
  symlinkSync(node.wal, `${node.data}/pg_wal`);
  const settings = { recovery_target_name: 'before the mistake', recovery_target_action: 'promote' };
  const lines = Object.entries(settings).map(([name, value]) => `${settingLine(name, value)}\n`);
  putFile(`${node.data}/postgresql.auto.conf`, lines.join(''), 0o600, lab.user);
  putFile(`${node.data}/recovery.signal`, '', 0o600, lab.user);
  await startServer(node, lab.programs);
  const ended = async () => (await lab.psql(node.name, 'select pg_is_in_recovery()')) === 'f';
  if (!(await until(30_000, ended, 50))) throw new Fault('failed', 'its recovery does not end', { on: node.name });
  const resets = Object.keys(settings).map(name => `alter system reset ${name}`);
  await lab.psql(node.name, [...resets, 'checkpoint'].join('; '));
}
