// kill -9 of `lifeboat run` in the middle of things, then `lifeboat resume`: one primary, promoted once.

import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { faults } from '../../src/lab/faults/index.ts';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { Load } from '../../src/lab/load.ts';
import { type Event, Machine } from '../support/lifeboat.ts';

let lab: Lab;
let machine: Machine;

afterEach(async () => {
  machine.remove();
  await lab.destroy();
});

/** node1's postmaster is killed; a session inside it goes on committing. */
async function brokenLab(): Promise<void> {
  lab = await createLab({ nodes: 2 });
  machine = new Machine(lab.inventoryFile);
  const [node1] = lab.nodes;
  if (!node1) throw new Error('no node');
  const load = await Load.start(lab, node1, { loop: true });
  await faults.get('killed')?.break(lab, node1, {});
  await load.stop();
}

const at =
  (e: string, step: string, op?: string) =>
  (event: Event): boolean =>
    event.e === e && event.step === step && (op === undefined || (event['op'] as { do: { op: string } }).do.op === op);

const points: readonly [string, (event: Event) => boolean][] = [
  ['while it waits', at('began', 'really-down')],
  ['in the middle of stop', at('began', 'fence')],
  ['after stop, before its proof', at('ended', 'fence')],
  ['while WAL is carried', at('began', 'salvage', 'carry')],
  ['while restore_command is set', at('began', 'salvage', 'sql')],
  ['between two steps', at('done', 'detach-archive')],
  ['at the commit point', event => event.e === 'answered'],
  ['in the middle of promote', at('began', 'promote')],
  ['after promote, before its proof', at('ended', 'promote')],
  ['while commits are proven', at('began', 'prove')],
];

describe('kill -9 of lifeboat run', () => {
  it.each(points)('%s: resume ends as an uninterrupted run does', async (_name, point) => {
    await brokenLab();
    let run = '';
    const { ended } = machine.start(['run', 'failover', '-p', 'down_for=1s', '--yes', '--json'], (event, child) => {
      if (event.e === 'run') run = String(event['run']);
      if (point(event)) child.kill('SIGKILL');
    });
    expect((await ended).signal).toBe('SIGKILL');

    const resumed = await machine.run('resume', run, '--yes');
    expect(resumed.stderr).toContain('done');
    expect(resumed.code).toBe(0);
    expect(await lab.psql('node2', 'select pg_is_in_recovery()')).toContain('f');
    const log = readFileSync(lab.node('node2').log, 'utf8');
    expect(log.match(/received promote request/g)).toHaveLength(1);
    expect(log.match(/selected new timeline ID: 2/g)).toHaveLength(1);
    const began = machine.journal(run).filter(at('began', 'promote'));
    expect(began.length).toBeLessThanOrEqual(2);
    await expect(lab.psql('node1', 'select 1')).rejects.toThrow();
  });
});

describe('Ctrl-C', () => {
  it('once: exits 130 and can be resumed', async () => {
    await brokenLab();
    let run = '';
    const { ended } = machine.start(['run', 'failover', '-p', 'down_for=1s', '--yes', '--json'], (event, child) => {
      if (event.e === 'run') run = String(event['run']);
      if (at('began', 'fence')(event)) child.kill('SIGINT');
    });
    const said = await ended;
    expect(said.code).toBe(130);
    const events = machine.journal(run);
    expect(events.some(at('ended', 'fence'))).toBe(true);
    expect(events.at(-1)).toMatchObject({ e: 'end', exit: 130 });
    expect((await machine.run('resume', run, '--yes')).code).toBe(0);
  });

  it('twice: leaves at once and can be resumed', async () => {
    await brokenLab();
    let run = '';
    const { ended } = machine.start(['run', 'failover', '-p', 'down_for=60s', '--yes', '--json'], (event, child) => {
      if (event.e === 'run') run = String(event['run']);
      if (!at('began', 'really-down')(event)) return;
      child.stderr?.once('data', () => child.kill('SIGINT'));
      child.kill('SIGINT');
    });
    expect((await ended).code).toBe(130);
    const resumed = await machine.run('undo', run, '--yes');
    expect(resumed.code).toBe(0);
  });
});
