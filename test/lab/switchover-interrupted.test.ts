// kill -9 of `lifeboat run` at each step of a switchover and of a rejoin, then `lifeboat resume`: the same end as without.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { stopServer } from '../../src/lab/server.ts';
import { Writer } from '../../src/lab/writer.ts';
import { seconds } from '../../src/time.ts';
import { type Event, Machine, type Said } from '../support/lifeboat.ts';
import { until } from '../support/until.ts';

let lab: Lab;
let machine: Machine;

beforeAll(async () => {
  lab = await createLab({ nodes: 2 });
  machine = new Machine(lab.inventoryFile);
});

afterAll(async () => {
  machine.remove();
  await lab.destroy();
});

type Moment = (event: Event) => boolean;

const at =
  (e: string, step: string, n?: number): Moment =>
  event =>
    event.e === e && event.step === step && (n === undefined || event['n'] === n);

/** Killed at the first of these moments, resumed and killed at the next, and so on; then left to its end. */
async function killed(args: readonly string[], moments: readonly Moment[]): Promise<Said & { readonly run: string }> {
  let run = '';
  for (const moment of moments) {
    const again = run === '' ? args : ['resume', run, '--yes'];
    const { ended } = machine.start([...again, '--json'], (event, child) => {
      if (event.e === 'run') run = String(event['run']);
      if (moment(event)) child.kill('SIGKILL');
    });
    const { signal, stderr } = await ended;
    expect(signal, `${String(moments.indexOf(moment))}: ${stderr}`).toBe('SIGKILL');
  }
  return { ...(await machine.run('resume', run, '--yes')), run };
}

const timeline = async (node: string): Promise<number> =>
  Number.parseInt((await lab.psql(node, 'select pg_walfile_name(pg_current_wal_lsn())')).slice(0, 8), 16);

const count = (node: string, line: RegExp): number =>
  [...readFileSync(lab.node(node).log, 'utf8').matchAll(line)].length;

const streams = (primary: string, standby: string): Promise<boolean> =>
  until(
    async () =>
      (await lab.psql(primary, 'select application_name, state from pg_stat_replication')) === `${standby}|streaming`,
  );

/** A switchover under a writer that is cut at these moments; who was the primary before steps down for the other. */
async function switchover(moments: readonly Moment[]): Promise<void> {
  const [from, to] =
    (await lab.psql('node1', 'select pg_is_in_recovery()')) === 'f' ? ['node1', 'node2'] : ['node2', 'node1'];
  const before = await timeline(from);
  const promotions = count(to, /received promote request/g);
  const writer = new Writer(lab, { sessions: 2, rate: 100 });
  expect(await writer.reached(5, seconds(10))).toBe(true);
  const { code, stderr } = await killed(['run', 'switchover', '--yes'], moments);
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/done \(exit 0\)/);
  const seen = writer.acknowledged;
  expect(await writer.reached(seen + 5, seconds(10))).toBe(true);
  await writer.stop();

  expect(await timeline(to)).toBe(before + 1);
  expect(await lab.psql(from, 'select pg_is_in_recovery()')).toBe('t');
  await streams(to, from);
  expect(count(to, /received promote request/g)).toBe(promotions + 1);
  expect(await writer.compare(lab.node(to).name)).toMatchObject({ lost: 0, unexpected: 0 });
}

// Each by itself, from either side: where the servers are in the midst of something, or nobody is the primary.
it.each<[string, Moment]>([
  ['while the primary stops', at('began', 'step-down')],
  ['when nobody is primary, and nobody a standby that stays one', at('done', 'step-down')],
  ['while the standby is promoted', at('began', 'promote')],
  ['while the old primary starts', at('began', 'follow', 1)],
])('a switchover cut %s', async (_when, moment) => {
  await switchover([moment]);
});

it('a switchover cut at the beginning of each of its steps, one cut after the other', async () => {
  const steps = [
    'preflight',
    'checkpoint',
    'detach-archive',
    'step-down',
    'last-transaction',
    'promote',
    'follow',
    'prove',
    'next',
  ];
  const moments = steps.map(step => at('began', step));
  moments.splice(steps.indexOf('promote'), 0, event => event.e === 'answered');
  await switchover(moments);
});

//   primary ── standby ✗ (stopped cleanly)
it('a rejoin that follows, cut at each of its ops', async () => {
  const [primary, standby] =
    (await lab.psql('node1', 'select pg_is_in_recovery()')) === 'f' ? ['node1', 'node2'] : ['node2', 'node1'];
  await stopServer(lab.node(standby), lab.programs);
  await lab.psql(primary, 'create table followed as select 1 as n');
  const before = await timeline(primary);
  const { code, stderr } = await killed(
    ['run', 'rejoin', '--bind', `node=${standby}`, '--yes'],
    [at('began', 'rejoin', 0), at('began', 'rejoin', 1)],
  );
  expect(code, stderr).toBe(0);
  await streams(primary, standby);
  expect(await timeline(primary)).toBe(before);
  await until(async () => (await lab.psql(standby, 'select n from followed')) === '1');
});

//   primary ──┬── row 1        ⇒   primary ── standby
//             └── row 2 (standby, promoted by somebody)
it('a rejoin that rewinds, cut at each of its ops', async () => {
  const [primary, standby] =
    (await lab.psql('node1', 'select pg_is_in_recovery()')) === 'f' ? ['node1', 'node2'] : ['node2', 'node1'];
  await lab.psql(standby, 'select pg_promote()');
  await lab.psql(standby, 'create table stray as select 2 as n');
  await stopServer(lab.node(standby), lab.programs);
  await lab.psql(primary, 'create table kept as select 1 as n');
  const before = await timeline(primary);
  const shown = await machine.run('run', 'rejoin', '--bind', `node=${standby}`, '--dry-run', '--json');
  const plan = JSON.parse(shown.stdout) as { steps: { id: string; ways: { ops: unknown[] }[] }[] };
  const ops = plan.steps.find(({ id }) => id === 'rejoin')!.ways[0]!.ops.length;
  expect(ops).toBeGreaterThan(4);
  const moments = Array.from({ length: ops }, (_, n) => at('began', 'rejoin', n));
  const { code, stderr } = await killed(['run', 'rejoin', '--bind', `node=${standby}`, '--yes'], moments);
  expect(code, stderr).toBe(0);
  await streams(primary, standby);
  expect(await timeline(primary)).toBe(before);
  await until(async () => (await lab.psql(standby, 'select n from kept')) === '1');
  await expect(lab.psql(standby, 'select n from stray')).rejects.toThrow('does not exist');
});
