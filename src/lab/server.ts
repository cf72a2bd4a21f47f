// One node's PostgreSQL: made, copied, started, asked.

import { readFileSync, symlinkSync } from 'node:fs';
import { run, type Ended, type RunAs } from '../drivers/process.ts';
import { Fault } from '../faults.ts';
import { pgCtlStart, pgCtlStop, type Installation } from '../postgres/commands.ts';
import { seconds } from '../time.ts';
import { database, databaseUser, type LabDescription, type LabNode } from './layout.ts';
import { until } from './probe.ts';
import { isZombie, livingProcess, markOfLab, type Process } from './processes.ts';

export interface Programs {
  readonly bin: string;
  readonly as: RunAs | undefined;
}

export const programs = (lab: LabDescription, as: RunAs | undefined): Programs => ({ bin: lab.bin, as });

export const installationOf = (bin: string, node: LabNode): Installation => ({
  bin,
  data: node.data,
  port: node.port,
  socketDir: node.socket,
  log: node.log,
});

/** An empty cluster with checksums (pg_rewind asks for them), its `pg_wal` on the node's other disk. */
export async function initialise(node: LabNode, { bin, as }: Programs): Promise<void> {
  const argv = [`${bin}/initdb`, '-D', node.data, '-X', node.wal, '-U', databaseUser, '-E', 'UTF8', '--no-locale'];
  // Who may connect is written afterwards; that warning is not for here.
  const options = ['--data-checksums', '--no-sync', '-A', 'trust'];
  mustEnd(node, await run([...argv, ...options], { as, within: seconds(120), env: mark(node) }));
}

/** Statements, one a line, before the server is first started: that needs no connection and no client. */
export async function single(node: LabNode, { bin, as }: Programs, statements: string): Promise<void> {
  const argv = [`${bin}/postgres`, '--single', '-D', node.data, '-c', 'exit_on_error=true', database];
  mustEnd(node, await run(argv, { as, stdin: statements, within: seconds(60), env: mark(node) }));
}

/** The files of a stopped server become another node's; a seed may be large. */
export async function copyServer(from: LabNode, to: LabNode, { as }: Programs): Promise<void> {
  const within = seconds(6 * 3600);
  mustEnd(to, await run(['cp', '-a', from.data, to.data], { as, within }));
  mustEnd(to, await run(['cp', '-a', from.wal, to.wal], { as, within }));
  mustEnd(to, await run(['rm', `${to.data}/pg_wal`], { as, within: seconds(10) }));
  symlinkSync(to.wal, `${to.data}/pg_wal`);
}

export async function startServer(node: LabNode, { bin, as }: Programs): Promise<void> {
  await buried(node);
  const ended = await run(pgCtlStart(installationOf(bin, node), 60), { as, within: seconds(90), env: mark(node) });
  if (ended.code !== 0) {
    throw new Fault('failed', `PostgreSQL did not start: ${lastLines(node.log)}`, {
      on: node.name,
      hint: `less ${node.log}`,
    });
  }
}

/** A killed postmaster that init has not fetched yet keeps its lock file from being taken over: "lock file already exists". */
export async function buried(node: LabNode): Promise<void> {
  const former = postmasterPid(node);
  if (former !== undefined) await until(10_000, () => !isZombie(former));
}

/** Asks it to start and returns when it has taken its lock file or died: its recovery may take long, or end badly. */
export async function setOff(node: LabNode, { bin, as }: Programs): Promise<void> {
  await buried(node);
  const argv = [`${bin}/pg_ctl`, '-D', node.data, '-W', '-l', node.log, 'start'];
  const ended = await run(argv, { as, within: seconds(30), env: mark(node) });
  if (ended.code !== 0) throw new Fault('failed', `pg_ctl: ${ended.stderr.trim() || ended.how}`, { on: node.name });
}

/** Ends its sessions and stops it cleanly. */
export async function stopServer(node: LabNode, { bin, as }: Programs): Promise<void> {
  const ended = await run(pgCtlStop(installationOf(bin, node), 'fast', 60), { as, within: seconds(90) });
  if (ended.code !== 0)
    throw new Fault('failed', `PostgreSQL did not stop: ${ended.stderr.trim() || ended.how}`, { on: node.name });
}

/** The postmaster, where it lives. */
export function postmaster(node: LabNode): Process | undefined {
  const pid = postmasterPid(node);
  const found = pid === undefined ? undefined : livingProcess(pid);
  return found?.command.includes(node.data) === true ? found : undefined;
}

function postmasterPid(node: LabNode): number | undefined {
  try {
    const [pid] = readFileSync(`${node.data}/postmaster.pid`, 'utf8').split('\n');
    return Number(pid) || undefined;
  } catch {
    return undefined;
  }
}

/** Runs psql on the node's socket; what it prints, unaligned, without headings. */
export async function psql(
  node: LabNode,
  { bin, as }: Programs,
  sql: string,
  within = seconds(60),
  login = { user: databaseUser, database },
): Promise<string> {
  const argv = [
    `${bin}/psql`,
    '-XqAt',
    '-v',
    'ON_ERROR_STOP=1',
    '-h',
    node.socket,
    '-p',
    String(node.port),
    '-U',
    login.user,
  ];
  const ended = await run([...argv, '-d', login.database], { as, stdin: sql, within });
  if (ended.code !== 0) throw new Fault('failed', `psql: ${ended.stderr.trim() || ended.how}`, { on: node.name });
  return ended.stdout.trim();
}

export const mark = (node: LabNode): Record<string, string> => ({ [markOfLab]: node.directory });

function mustEnd(node: LabNode, ended: Ended): void {
  if (ended.code !== 0) throw new Fault('failed', `${ended.how}: ${ended.stderr.trim()}`, { on: node.name });
}

function lastLines(log: string): string {
  try {
    return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-3).join(' | ');
  } catch {
    return `no log at ${log}`;
  }
}
