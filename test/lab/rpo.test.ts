// RPO 0: with the receiver as synchronous standby no acknowledged row is lost, whenever the primary dies, disks and all.

import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { killAll } from '../../src/lab/processes.ts';
import { Writer } from '../../src/lab/writer.ts';
import { seconds } from '../../src/time.ts';
import { Machine } from '../support/lifeboat.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { seeded, seedOfThisRun } from '../support/seeded.ts';
import { until } from '../support/until.ts';

const rounds = Number(process.env['LIFEBOAT_ROUNDS'] ?? 2);

let lab: Lab;
let machine: Machine;
let receiver: Receiver | undefined;

beforeAll(async () => {
  lab = await createLab({ nodes: 1, settings: { checkpoint_timeout: '30s' } });
  machine = new Machine(lab.inventoryFile);
  await sql('create table filler (t text)');
  receiver = await startReceiver(machine);
});

afterAll(async () => {
  receiver?.child.kill('SIGKILL');
  machine.remove();
  await lab.destroy();
});

const sql = (text: string): Promise<string> => lab.psql('node1', text);

it(
  `${String(rounds)} rounds, seed ${String(seedOfThisRun)}: every acknowledged row is restored, and none that was never sent`,
  async () => {
    const random = seeded(seedOfThisRun);
    const past: Writer[] = [];
    for (let round = 0; round < rounds; round += 1) {
      // Else each round would replay all those before it.
      if (round % 5 === 0) {
        const taken = await machine.run('backup');
        expect(taken.code, taken.stderr).toBe(0);
      }
      await waitsForReceiver();
      past.push(await writtenUntilKilled(random));
      const restored = await machine.run('restore', '--on', 'node1', '--yes', '--start');
      expect(restored.code, restored.stderr).toBe(0);
      await until(async () => (await sql('select pg_is_in_recovery()')) === 'f', 'recovery ends');
      for (const writer of past.slice(-3)) await complete(writer, round);
    }
    for (const writer of past) await complete(writer, rounds);
    const stopped = await receiver!.stop();
    expect(stopped.code, stopped.stderr).toBe(0);
  },
  120_000 + rounds * 30_000,
);

/** A restored server has neither the slot nor the setting. */
async function waitsForReceiver(): Promise<void> {
  await sql("alter system set synchronous_standby_names = 'lifeboat'");
  await sql('select pg_reload_conf()');
  await until(
    async () => (await sql("select count(*) from pg_stat_replication where sync_state = 'sync'")) === '1',
    'the receiver is the synchronous standby',
  );
}

/** Also in mid-segment, at the end of one, and in the middle of a large record. */
async function writtenUntilKilled(random: () => number): Promise<Writer> {
  const writer = new Writer(lab, { sessions: 4, rate: 2000 });
  const fill = `insert into filler select repeat(md5(n::text), 100) from generate_series(1, ${String(Math.ceil(random() * 20_000))}) n`;
  const filler = sql(fill).catch(() => '');
  const reached = await writer.reached(1 + Math.floor(random() * 600), seconds(60));
  await killAll(lab.node('node1').data);
  await Promise.all([writer.stop(), filler]);
  expect(reached).toBe(true);
  const { data, wal } = lab.node('node1');
  for (const gone of [data, wal]) rmSync(gone, { recursive: true });
  return writer;
}

async function complete(writer: Writer, round: number): Promise<void> {
  const { acknowledged, present, lost, unexpected, examples } = await writer.compare(lab.node('node1').name);
  const about = `round ${String(round)}, seed ${String(seedOfThisRun)}: ${examples.join(' ')}`;
  expect({ lost, unexpected, present }, about).toEqual({ lost: 0, unexpected: 0, present: acknowledged });
  expect(acknowledged).toBeGreaterThan(0);
}
