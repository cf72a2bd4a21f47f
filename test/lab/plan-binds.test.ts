// A dry run changes nothing; the run that follows does what was shown; a world that changed in between stops it.

import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { faults } from '../../src/lab/faults/index.ts';
import { createLab, type Lab, type LabNode } from '../../src/lab/lab.ts';
import { type Event, Machine } from '../support/lifeboat.ts';

let lab: Lab;
let machine: Machine;
let node1: LabNode;

beforeEach(async () => {
  lab = await createLab({ nodes: 2 });
  machine = new Machine(lab.inventoryFile);
  node1 = lab.node('node1');
});

afterEach(async () => {
  machine.remove();
  await lab.destroy();
});

const kill = () => faults.get('killed')?.break(lab, node1, {});

/** Names, sizes and contents of all that a dry run could touch; what the servers write by themselves is left out. */
function traces(): string {
  const dull =
    '( -path */pg_wal/* -o -path */base/* -o -path */global/* -o -path */pg_stat* -o -name *.log -o -path */ssh/* -o -path */pg_dynshmem/* -o -path */pg_xact/* -o -path */pg_subtrans/* -o -path */run/* -o -path */disk2/* -o -path */disk3/archive/* -o -name postmaster.pid -o -path */state/* -o -path */pg_logical/* )';
  return execFileSync(
    'sh',
    [
      '-c',
      `set -f; find "$1" ! ${dull.replaceAll('(', '\\(').replaceAll(')', '\\)')} -type f -exec sha256sum {} + | sort -k2; find "$1" -maxdepth 4 -type d | sort`,
      'sh',
      lab.directory,
    ],
    { encoding: 'utf8' },
  );
}

it('on a healthy cluster: exit 4, every refusal at once, nothing touched', async () => {
  await lab.psql('node2', 'select pg_wal_replay_pause()');
  const before = traces();
  const said = await machine.run('run', 'failover', '--dry-run');
  expect(said.code).toBe(4);
  expect(said.stdout).toContain('Refused: 2 rules do not hold');
  expect(said.stdout).toMatch(/host +node1\n +rule +ready/);
  expect(said.stdout).toMatch(/host +node2\n +rule +replaying/);
  expect(said.stdout).toContain('Nothing was changed.');
  expect(traces()).toBe(before);
});

it('on a dead primary: the run performs the ops shown and no others', async () => {
  await kill();
  const before = traces();
  const dry = await machine.run('run', 'failover', '-p', 'down_for=1s', '--dry-run', '--json');
  expect(dry.code).toBe(0);
  expect(traces()).toBe(before);
  const plan = JSON.parse(dry.stdout) as {
    fingerprint: string;
    steps: { id: string; ways: { ops: { text: string; do: unknown }[] }[] }[];
  };
  const shown = plan.steps.flatMap(({ id, ways }) =>
    ways.flatMap(({ ops }) => ops.map(op => `${id} ${JSON.stringify(op.do)}`)),
  );

  const done = await machine.run('run', 'failover', '-p', 'down_for=1s', '--plan', plan.fingerprint, '--yes', '--json');
  expect(done.code).toBe(0);
  const events = done.stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Event);
  const began = events
    .filter(({ e }) => e === 'began')
    .map(event => `${event.step ?? ''} ${JSON.stringify((event['op'] as { do: unknown }).do)}`);
  expect(began.length).toBeGreaterThan(3);
  for (const one of began) expect(shown).toContain(one);
});

it('another fingerprint than that of now is refused', async () => {
  await kill();
  const said = await machine.run('run', 'failover', '--plan', 'abcdef', '--yes');
  expect(said.code).toBe(4);
  expect(said.stderr).toContain('not abcdef');
});

it('a world that changes after the start stops the run with the difference', async () => {
  await kill();
  let run = '';
  const { ended } = machine.start(['run', 'failover', '-p', 'down_for=2s', '--yes', '--json'], event => {
    if (event.e === 'run') run = String(event['run']);
    // Somebody else promotes the standby while the run still waits.
    if (event.e === 'began' && event.step === 'really-down') void lab.psql('node2', 'select pg_promote()');
  });
  const said = await ended;
  // The fence stands by then, and somebody takes writes.
  expect(said.code).toBe(10);
  expect(said.stderr).toBe('');
  const journal = machine.journal(run);
  expect(journal.some(event => event.e === 'began' && event.step === 'promote')).toBe(false);
  expect(String(journal.at(-1)?.['why'])).toMatch(/node2/);
});

it('addresses exchanged between plan and act: held back on the host, nothing changed', async () => {
  await kill();
  let run = '';
  const { ended } = machine.start(['run', 'failover', '-p', 'down_for=1s', '--yes', '--json'], (event, child) => {
    if (event.e === 'run') run = String(event['run']);
    if (event.e === 'began' && event.step === 'really-down') child.kill('SIGKILL');
  });
  await ended;
  const copy = join(machine.runDirectory(run), 'inventory.yaml');
  const [a, b] = [lab.node('node1').address, lab.node('node2').address];
  writeFileSync(copy, readFileSync(copy, 'utf8').replaceAll(a, 'OTHER').replaceAll(b, a).replaceAll('OTHER', b));
  const said = await machine.run('resume', run, '--yes');
  expect(said.code).toBe(4);
  expect(
    machine
      .journal(run)
      .some(
        event =>
          event.e === 'ended' && event.step !== 'really-down' && (event['outcome'] as { is: string }).is === 'done',
      ),
  ).toBe(false);
  expect(await lab.psql('node2', 'select pg_is_in_recovery()')).toContain('t');
});

it('a host that is gone: unknown loss must be accepted, and the node must be told to be off', async () => {
  await faults.get('host-gone')?.break(lab, node1, {});
  const silent = await machine.run('run', 'failover', '-p', 'down_for=1s', '--yes');
  expect(silent.code).toBe(5);
  expect(silent.stderr).toContain('--accept-unfenced node1');
  const told = await machine.run('run', 'failover', '-p', 'down_for=1s', '--yes', '--accept-unfenced', 'node1');
  expect(told.code).toBe(4);
  expect(told.stderr).toContain('--accept-loss unknown');
  const done = await machine.run(
    'run',
    'failover',
    '-p',
    'down_for=1s',
    '--yes',
    '--accept-unfenced',
    'node1',
    '--accept-loss',
    'unknown',
  );
  expect(done.code).toBe(0);
});

it('the WAL of the lost primary cannot be read: a way that was shown, and taken once that loss is accepted as unknown', async () => {
  await kill();
  chmodSync(node1.wal, 0o000);
  const failover = ['run', 'failover', '-p', 'down_for=1s'];
  const dry = await machine.run(...failover, '--dry-run');
  expect(dry.code).toBe(0);
  expect(dry.stdout.replaceAll(/\s+/g, ' ')).toMatch(
    /leave: if the WAL of node1 cannot be read \(nothing to undo\) .* unless the WAL of node1 cannot be read: then it is unknown, and wants --accept-loss unknown\./,
  );

  const waits = await machine.run(...failover, '--yes', '--json');
  expect(waits.code).toBe(20);
  const events = waits.stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Event);
  expect(events.find(({ e, step }) => e === 'way' && step === 'salvage')).toMatchObject({
    way: 'leave',
    why: expect.stringContaining('cannot be read') as string,
  });
  expect(await lab.psql('node2', 'select pg_is_in_recovery()')).toBe('t');
  const run = String(events[0]?.['run']);
  expect((await machine.run('resume', run, '--yes', '--accept-loss', '99GB')).code).toBe(20);
  const done = await machine.run('resume', run, '--yes', '--accept-loss', 'unknown');
  expect(done.code, done.stderr).toBe(0);
  expect(await lab.psql('node2', 'select pg_is_in_recovery()')).toBe('f');
});
