// Makes a node a standby of the primary again, from a new base backup: how a lab gets rid of a diverged or spoilt copy.

import { readdirSync, rmSync } from 'node:fs';
import { run } from '../drivers/process.ts';
import { Fault } from '../faults.ts';
import { pgBasebackup } from '../postgres/commands-copy.ts';
import { seconds } from '../time.ts';
import { endProcesses } from './destroy.ts';
import type { Lab } from './lab.ts';
import { labFiles, replicationUser, type LabNode } from './layout.ts';
import { putFile } from './ownership.ts';
import { buried, mark, startServer } from './server.ts';
import { standbySettings } from './settings.ts';
import { primaryOf } from './upstream.ts';

/** What lay in its data and WAL directories is gone; returns once it takes connections. Not for the primary itself. */
export async function remakeStandby(lab: Lab, node: LabNode): Promise<void> {
  await endProcesses(node.data);
  // The lock file of its socket names it as well, and outlives the data directory.
  await buried(node);
  const primary = await primaryOf(lab);
  rmSync(node.data, { recursive: true, force: true });
  rmSync(node.wal, { recursive: true, force: true });
  forgetStrays(primary, node);
  await copyRunning(lab, primary, node, { into: node.data, walDirectory: node.wal });
  putFile(`${node.data}/postgresql.auto.conf`, standbySettings(lab.description, primary), 0o600, lab.user);
  putFile(`${node.data}/standby.signal`, '', 0o600, lab.user);
  await startServer(node, lab.programs);
}

/** Archived on a timeline that the primary did not come over: the new standby would follow it there, "not a child of this server's history". */
function forgetStrays(primary: LabNode, node: LabNode): void {
  const own = readdirSync(primary.wal).filter(name => name.endsWith('.history'));
  const lived = new Set(['00000001', ...own.map(name => name.slice(0, 8))]);
  const strays = readdirSync(node.archive).filter(name => !lived.has(name.slice(0, 8)));
  for (const name of strays) rmSync(`${node.archive}/${name}`, { force: true });
}

/** A base backup of a running server, onto the disks of a node. */
export async function copyRunning(
  lab: Lab,
  from: LabNode,
  to: LabNode,
  where: { readonly into: string; readonly walDirectory?: string },
): Promise<void> {
  const { passfile } = labFiles(lab.directory);
  const source = { host: from.address, port: from.port, user: replicationUser, passfile };
  const argv = pgBasebackup(lab.programs, { ...where, from: source, wal: 'fetch', checkpoint: 'fast' });
  const ended = await run([...argv, '--no-sync'], { as: lab.user.as, within: seconds(120), env: mark(to) });
  if (ended.code !== 0)
    throw new Fault('failed', `pg_basebackup: ${ended.stderr.trim() || ended.how}`, { on: to.name });
}
