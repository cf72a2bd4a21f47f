// `lifeboat wal receive` as it runs beside a cluster, and the wait until it has what was written.

import type { ChildProcess } from 'node:child_process';
import type { Lab } from '../../src/lab/lab.ts';
import { type Lsn, parseLsn } from '../../src/postgres/lsn.ts';
import type { ClusterRepository } from '../../src/repo/repository.ts';
import { walKept } from '../../src/repo/wal-catalog.ts';
import type { Machine, Said } from './lifeboat.ts';
import { until } from './until.ts';

export interface Receiver {
  readonly child: ChildProcess;
  readonly ended: Promise<Said>;
  /** Its events so far, as JSON one after the other. */
  said(): string;
  stop(): Promise<Said>;
}

/** Returns once it streams. */
export async function startReceiver(machine: Machine, ...options: string[]): Promise<Receiver> {
  let said = '';
  const started = machine.start(['wal', 'receive', '--create-slot', '--json', ...options], event => {
    said += JSON.stringify(event);
  });
  const { child, ended } = started;
  await until(() => said.includes('"streaming"') || child.exitCode !== null, 'the receiver streams');
  if (child.exitCode !== null) throw new Error((await ended).stderr);
  const stop = (): Promise<Said> => {
    child.kill('SIGTERM');
    return ended;
  };
  return { child, ended, said: () => said, stop };
}

/** Where the WAL of a primary ends on its disk. */
export const flushedTo = async (lab: Lab, node: string): Promise<Lsn> =>
  parseLsn(await lab.psql(node, 'select pg_current_wal_flush_lsn()'))!;

/** Returns once everything that the primary has written by now is in the repository. */
export async function keptSoFar(lab: Lab, node: string, repo: ClusterRepository): Promise<Lsn> {
  const to = await flushedTo(lab, node);
  const file = await lab.psql(node, 'select pg_walfile_name(pg_current_wal_lsn())');
  const line = Number.parseInt(file.slice(0, 8), 16);
  await until(
    async () => (await walKept(repo)).stretches.some(one => one.timeline === line && one.to >= to),
    `WAL of timeline ${String(line)} is kept up to ${String(to)}`,
  );
  return to;
}
