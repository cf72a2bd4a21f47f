// An operator truncates a table under load: the lab knows which transaction it was, and which rows every kind of target keeps.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { faults } from '../../src/lab/faults/index.ts';
import { type History, keptBy, readHistory, writesAt } from '../../src/lab/history.ts';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { Load } from '../../src/lab/load.ts';
import { endOfLog } from '../../src/lab/log.ts';
import { lastMistake, type Mistake } from '../../src/lab/mistakes.ts';
import { processesOf } from '../../src/lab/processes.ts';
import { startReceiver } from '../../src/lab/receiver.ts';
import { recoverySettingsLeft, recoveryStops } from '../../src/lab/recovery-left.ts';
import { postmaster, stopServer } from '../../src/lab/server.ts';
import { stopOf, type WayBackTo } from '../../src/lab/transaction-ends.ts';
import { Writer } from '../../src/lab/writer.ts';
import { parseLsn } from '../../src/postgres/lsn.ts';
import { instant, seconds } from '../../src/time.ts';
import { labRepository } from '../support/lab-repository.ts';
import { Machine, program } from '../support/lifeboat.ts';
import { keptSoFar } from '../support/receiver.ts';
import { until } from '../support/until.ts';

let lab: Lab;
let machine: Machine;
let load: Load;
let writer: Writer;
let history: History;
let mistake: Mistake;

beforeAll(async () => {
  lab = await createLab({ nodes: 1 });
  machine = new Machine(lab.inventoryFile);
  const node = lab.node('node1');
  load = await Load.prepare(lab, node, { pgbench: 2, scale: 1 });
  const taken = await machine.run('backup');
  expect(taken.code, taken.stderr).toBe(0);
  await startReceiver(lab, [process.execPath, program]);
  const from = await writesAt(lab, node);
  writer = new Writer(lab, { sessions: 4, rate: 2000 });
  await load.begin();
  await writer.reached(1500, seconds(60));
  await faults.get('table-truncated')!.break(lab, node, { restore_point: 'before it' });
  await writer.reached(writer.acknowledged + 500, seconds(60));
  mistake = lastMistake(lab)!;
  history = await readHistory(lab, node, writer, from);
  await Promise.all([load.stop(), writer.stop()]);
  await keptSoFar(lab, 'node1', await labRepository(lab));
});

afterAll(async () => {
  machine.remove();
  expect(processesOf(lab.directory).some(({ command }) => command.includes('wal receive'))).toBe(true);
  await lab.destroy();
  // The receiver belonged to it.
  expect(processesOf(lab.directory)).toEqual([]);
});

it('is remembered as PostgreSQL has it in its WAL', () => {
  expect(mistake).toMatchObject({ on: 'node1', timeline: 1, statement: 'TRUNCATE public.pgbench_history' });
  expect(Date.now() - Date.parse(mistake.time)).toBeLessThan(120_000);
  expect(parseLsn(mistake.restorePoint!.lsn)!).toBeLessThan(parseLsn(mistake.lsn)!);
  const at = history.ends.findIndex(({ xid }) => xid === mistake.xid);
  expect(history.ends[at]).toMatchObject({ lsn: parseLsn(mistake.lsn), time: mistake.time });
  // Others were at work before it and after it.
  expect(at).toBeGreaterThan(1000);
  expect(history.ends.length - at).toBeGreaterThan(300);
});

const targets: readonly (readonly [string, () => WayBackTo, () => readonly string[]])[] = [
  ['time', () => ({ by: 'time', time: mistake.time }), () => ['--to-time', mistake.time, '--exclusive']],
  ['time, too early', early, () => ['--to-time', (early() as { time: string }).time, '--exclusive']],
  ['lsn', () => ({ by: 'lsn', lsn: parseLsn(mistake.lsn)! }), () => ['--to-lsn', mistake.lsn, '--exclusive']],
  ['xid', () => ({ by: 'xid', xid: mistake.xid }), () => ['--to-xid', mistake.xid, '--exclusive']],
  [
    'restore point',
    () => ({ by: 'name', name: 'before it', lsn: parseLsn(mistake.restorePoint!.lsn)! }),
    () => ['--to-name', 'before it'],
  ],
];

function early(): WayBackTo {
  return { by: 'time', time: instant(new Date(Date.parse(mistake.time) - 300)) };
}

/** Each goes back on timeline 1, over the timeline that the one before it made. */
it.each(targets)('a way back by %s keeps exactly the rows that pg_waldump says', async (_, to, words) => {
  const node = lab.node('node1');
  const stop = stopOf(to(), history.ends)!;
  const kept = keptBy(history, stop);
  if (postmaster(node)) await stopServer(node, lab.programs);
  const since = endOfLog(node);
  const said = await machine.run('restore', '--on', 'node1', ...words(), '--timeline', '1', '--yes', '--start');
  expect(said.code, said.stderr).toBe(0);
  await until(async () => (await lab.psql('node1', 'select pg_is_in_recovery()')) === 'f', 'recovery ends');
  expect(recoveryStops(node, since)).toEqual([expect.objectContaining(stop.says)]);

  writer.giveUp(undefined, kept);
  const ledger = await writer.compare(node.name);
  expect(ledger, ledger.examples.join(' ')).toMatchObject({ lost: 0, unexpected: 0 });
  expect(ledger.present).toBe([...kept.values()].flat().reduce((sum, { from, to: end }) => sum + end - from + 1, 0));
  expect(ledger.givenUp).toBeGreaterThan(300);
  expect(await lab.psql('node1', 'select count(*) > 0 from pgbench_history')).toBe('t');
  // As `restore` leaves them, for a server that is started once.
  expect((await recoverySettingsLeft(lab, node)).length).toBeGreaterThan(0);
});
