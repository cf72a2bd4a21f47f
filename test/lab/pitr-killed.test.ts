// kill -9 of `lifeboat run pitr` in the middle of the restore, of the recovery and of the rebuild, each resumed: the same end as without.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { type Event, Machine } from '../support/lifeboat.ts';
import { until } from '../support/until.ts';

let lab: Lab;
let machine: Machine;

const sql = (node: string, text: string): Promise<string> => lab.psql(node, text);
const rows = (node: string): Promise<string> => sql(node, 'select count(*) from rows');

beforeAll(async () => {
  lab = await createLab({ nodes: 2 });
  machine = new Machine(lab.inventoryFile);
  // Large enough that bytes are told while it is restored and copied.
  await sql('node1', "create table rows as select n, repeat('x', 900) as filling from generate_series(1, 120000) n");
  const said = await machine.run('backup', '--from', 'node1');
  expect(said.code, said.stderr).toBe(0);
});

afterAll(async () => {
  machine.remove();
  await lab.destroy();
});

type Moment = (event: Event) => boolean;

const inTheMiddle =
  (step: string): Moment =>
  event =>
    event.e === 'progress' && event.step === step;
const began =
  (step: string, op: string): Moment =>
  event =>
    event.e === 'began' && event.step === step && (event['op'] as { do: { op: string } }).do.op === op;

it('the last resume ends as an uninterrupted run does', async () => {
  const xid = await sql('node1', 'begin; truncate rows; select pg_current_xact_id(); commit');
  await sql('node1', 'create table later (n int)');
  const moments: readonly Moment[] = [
    began('rescue', 'rescue'),
    began('restore', 'move'),
    inTheMiddle('restore'),
    began('recover', 'exec'),
    began('recover', 'wait'),
    began('arm', 'exec'),
    inTheMiddle('rebuild'),
  ];
  const answers = ['--yes', '--accept-loss', 'unknown', '--json'];
  let run = '';
  for (const [at, moment] of moments.entries()) {
    const args = run === '' ? ['run', 'pitr', '-p', `to_xid=${xid}`, '-p', 'exclusive=true'] : ['resume', run];
    const { ended } = machine.start([...args, ...answers], (event, child) => {
      if (event.e === 'run') run = String(event['run']);
      if (moment(event)) child.kill('SIGKILL');
    });
    const { signal, stderr, code } = await ended;
    expect(signal, `${String(at)}: ${String(code)} ${stderr}`).toBe('SIGKILL');
  }
  const last = await machine.run('resume', run, '--yes');
  expect(last.code, last.stderr).toBe(0);
  expect(await rows('node1')).toBe('120000');
  expect(await sql('node1', "select to_regclass('later') is null")).toBe('t');
  await until(async () => (await rows('node2')) === '120000', 'the standby has them');
  const log = readFileSync(lab.node('node1').log, 'utf8');
  expect(log.match(/recovery stopping before commit of transaction/g)).toHaveLength(1);
  expect(log.match(/selected new timeline ID: 2/g)).toHaveLength(1);
});
