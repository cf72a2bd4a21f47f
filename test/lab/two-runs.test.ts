// Two runs on one cluster from two machines: the second is told who holds it, and changes nothing.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { faults } from '../../src/lab/faults/index.ts';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { Machine } from '../support/lifeboat.ts';

let lab: Lab;
let first: Machine;
let second: Machine;

beforeAll(async () => {
  lab = await createLab({ nodes: 2 });
  first = new Machine(lab.inventoryFile);
  second = new Machine(lab.inventoryFile);
  const [node1] = lab.nodes;
  if (node1) await faults.get('killed')?.break(lab, node1, {});
});

afterAll(async () => {
  first.remove();
  second.remove();
  await lab.destroy();
});

it('the second exits 6 and names the holder; when the first is gone it may run', async () => {
  let run = '';
  let begins = (): void => undefined;
  const waiting = new Promise<void>(resolve => (begins = resolve));
  const { child, ended } = first.start(['run', 'failover', '-p', 'down_for=300s', '--yes', '--json'], event => {
    if (event.e === 'run') run = String(event['run']);
    if (event.e === 'began') begins();
  });
  await waiting;

  const other = await second.run('run', 'failover', '-p', 'down_for=1s', '--yes');
  expect(other.code).toBe(6);
  expect(other.stderr).toContain(`pid ${String(child.pid)}`);
  expect(other.stderr).toContain(run);
  expect(other.stderr).toContain('HINT:');

  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
  expect((await second.run('run', 'failover', '-p', 'down_for=1s', '--yes')).code).toBe(0);
});
