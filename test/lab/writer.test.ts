// The writer's ledger is right about a server that was restarted cleanly, about one that lost rows, and about rows in doubt.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../src/drivers/process.ts';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { installationOf } from '../../src/lab/server.ts';
import { Writer } from '../../src/lab/writer.ts';
import { pgCtlPromote, pgCtlRestart, pgCtlStop } from '../../src/postgres/commands.ts';
import { seconds } from '../../src/time.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await createLab();
});
afterAll(async () => {
  await lab.destroy();
});

const control = async (argv: readonly string[]) => {
  const { code, stderr } = await run(argv, { as: lab.user.as, within: seconds(60) });
  expect(stderr).toBe('');
  expect(code).toBe(0);
};

test('a clean restart loses nothing, and the writer finds the server again by itself', async () => {
  const [node1] = lab.nodes;
  const writer = new Writer(lab);
  expect(await writer.reached(200, seconds(20))).toBe(true);
  await control(pgCtlRestart(installationOf(lab.description.bin, node1!), 30));
  expect(await writer.reached(writer.acknowledged + 200, seconds(20))).toBe(true);
  await writer.stop();

  const ledger = await writer.compare(node1!.name);
  expect(ledger).toMatchObject({
    acknowledged: writer.acknowledged,
    present: writer.acknowledged,
    lost: 0,
    unexpected: 0,
  });
  expect(ledger.inDoubt).toBeLessThanOrEqual(4);
});

test('rows that are taken away are lost, rows that nobody sent are unexpected, and other writers do not count', async () => {
  const writer = new Writer(lab, { sessions: 1 });
  const other = new Writer(lab, { sessions: 1 });
  expect(await writer.reached(50, seconds(20))).toBe(true);
  await Promise.all([writer.stop(), other.stop()]);
  const session = (await lab.psql('node1', 'select session from lifeboat_drill.ledger order by at desc')).split('\n');
  const mine = session.find(it => it !== '' && writerOwns(writer, it))!;
  await lab.psql('node1', `delete from lifeboat_drill.ledger where session = '${mine}' and n in (7, 9)`);
  await lab.psql('node1', `insert into lifeboat_drill.ledger values ('${mine}', 1000000)`);
  expect(await writer.compare(lab.nodes[0]!.name)).toMatchObject({
    lost: 2,
    unexpected: 1,
    examples: [`${mine}/7`, `${mine}/9`, `${mine}/1000000`],
  });
});

test('after a failover the gap reaches from the last row of the old primary to the first of the new one', async () => {
  const [node1, node2] = lab.nodes;
  const writer = new Writer(lab);
  expect(await writer.reached(100, seconds(20))).toBe(true);
  await control(pgCtlStop(installationOf(lab.description.bin, node1!), 'fast', 30));
  await control(pgCtlPromote(installationOf(lab.description.bin, node2!), 30));
  expect(await writer.reached(100, seconds(20), node2!.name)).toBe(true);
  await writer.stop();

  expect(writer.gap(node1!.name, node2!.name)).toBeGreaterThan(50);
  expect(writer.gap(node1!.name, node2!.name)).toBeLessThan(20_000);
  expect(await writer.compare(node2!.name)).toMatchObject({ lost: 0, unexpected: 0 });
});

const writerOwns = (writer: Writer, session: string): boolean => session.startsWith(writer.run);
