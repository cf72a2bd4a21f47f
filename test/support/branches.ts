// How two nodes of a lab come to part, and how one of them comes back: what the stories of rejoin and of the fence share.

import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { endProcesses } from '../../src/lab/destroy.ts';
import type { Lab, LabNode } from '../../src/lab/lab.ts';
import { processesOf } from '../../src/lab/processes.ts';
import { promote } from '../../src/lab/promote.ts';
import { startServer, stopServer } from '../../src/lab/server.ts';
import type { Machine, Said } from './lifeboat.ts';
import { until } from './until.ts';

export type { LabNode };

/** `part`: who was the primary and comes back; `stay`: who is promoted. */
export interface Pair {
  readonly lab: Lab;
  readonly machine: Machine;
  readonly part: LabNode;
  readonly stay: LabNode;
}

export const table = "create table story (n int primary key, what text); insert into story values (0, 'at first')";
const rows = "select count(*) || ' rows, ' || md5(string_agg(n || what, ' ' order by n)) from story";

/** Rows enough to fill some pages; what a node adds by itself must be gone once it is back. */
export const write = ({ lab }: Pick<Pair, 'lab'>, node: LabNode, what: string, many = 2000): Promise<string> =>
  lab.psql(
    node.name,
    `insert into story select m + i, '${what}' from (select max(n) as m from story) as o, generate_series(1, ${String(many)}) as i`,
  );

export async function inStep({ lab, part, stay }: Pair): Promise<void> {
  const end = await lab.psql(part.name, 'select pg_current_wal_lsn()');
  await until(
    async () => (await lab.psql(stay.name, `select pg_last_wal_replay_lsn() >= '${end}'`)) === 't',
    `${stay.name} replays up to ${end}`,
  );
}

/** `part` goes on alone while `stay` is down, ends as it is told, and `stay` is promoted behind its back. */
export async function partWays(pair: Pair, end: 'crash' | 'clean', alone: () => Promise<unknown>): Promise<void> {
  const { lab, part, stay } = pair;
  await inStep(pair);
  await stopServer(stay, lab.programs);
  await alone();
  await (end === 'crash' ? endProcesses(part.data) : stopServer(part, lab.programs));
  await startServer(stay, lab.programs);
  await promote(lab, stay);
  await write(pair, stay, `${stay.name} after the fork`, 100);
}

export const bound = ({ part, stay }: Pair): string[] => [
  '--bind',
  `primary=${stay.name}`,
  '--bind',
  `node=${part.name}`,
];

/** What was printed, whatever the width that it was wrapped at. */
export const flat = (text: string): string => text.replaceAll(/\s+/g, ' ');

/** For whoever reads why a test failed. */
export const endOfLog = ({ log }: LabNode): string => readFileSync(log, 'utf8').slice(-3000);

const named = ({ part, stay }: Pair, text: string): string =>
  flat(text).replaceAll(part.name, 'NODE').replaceAll(stay.name, 'PRIMARY');

/** The dry run says it (of NODE and PRIMARY), the run does it, and the node is a copy of the primary that streams from it. */
export async function comesBack(pair: Pair, says: RegExp): Promise<Said> {
  const { machine } = pair;
  const dry = await machine.run('run', 'rejoin', ...bound(pair), '--dry-run');
  expect(dry.code, dry.stdout + dry.stderr).toBe(0);
  expect(named(pair, dry.stdout)).toMatch(says);
  const done = await machine.run('run', 'rejoin', ...bound(pair), '--yes');
  expect(done.code, done.stdout + done.stderr + endOfLog(pair.part)).toBe(0);
  await isBack(pair);
  return done;
}

export async function isBack(pair: Pair): Promise<void> {
  const { lab, part, stay } = pair;
  await write(pair, stay, `${part.name} is back`, 1);
  await until(
    async () => (await lab.psql(part.name, rows).catch(() => '')) === (await lab.psql(stay.name, rows)),
    `${part.name} has the rows of ${stay.name}`,
  );
  expect(await lab.psql(part.name, 'select pg_is_in_recovery()')).toBe('t');
  const timeline = 'select timeline_id from pg_control_checkpoint()';
  expect(await lab.psql(part.name, 'select received_tli from pg_stat_wal_receiver')).toBe(
    await lab.psql(stay.name, timeline),
  );
  const senders = `select state from pg_stat_replication where application_name = '${part.name}'`;
  expect(await lab.psql(stay.name, senders)).toBe('streaming');
}

/** So much that a rewind takes a while. */
export const bulk = ({ lab, stay }: Pair): Promise<string> =>
  lab.psql(stay.name, "create table bulk as select repeat('x', 1000) as x from generate_series(1, 30000)");

/** The segments in broken/DATE/diverged-wal of a node. */
export function keptAside(node: LabNode): readonly string[] {
  return readdirSync(node.broken).flatMap(day => {
    try {
      return readdirSync(`${node.broken}/${day}/diverged-wal`);
    } catch {
      return [];
    }
  });
}

/** pg_rewind of a node, once it has begun to write; its parent is the script around it. */
export async function rewindAtWork(node: LabNode): Promise<{ readonly pid: number; readonly parent: number }> {
  return until(
    () =>
      processesOf(node.directory).find(
        ({ pid, command }) => /\/pg_rewind -P /.test(command) && written(pid) > 64 * 1024,
      ),
    `pg_rewind writes on ${node.name}`,
    60_000,
  );
}

/** Bytes, as /proc counts them. */
function written(pid: number): number {
  try {
    return Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${String(pid)}/io`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
