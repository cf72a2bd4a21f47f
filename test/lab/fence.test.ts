// Fencing that lasts: whoever starts the old primary again, and whenever, there is never a second server that takes writes.

import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { endProcesses } from '../../src/lab/destroy.ts';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { endOfLog, logFrom } from '../../src/lab/log.ts';
import { livingProcess } from '../../src/lab/processes.ts';
import * as b from '../support/branches.ts';
import { Eager, startByHand } from '../support/eager.ts';
import { Machine } from '../support/lifeboat.ts';
import { until } from '../support/until.ts';

let lab: Lab;
let machine: Machine;

beforeAll(async () => {
  lab = await createLab({ nodes: 2 });
  machine = new Machine(lab.inventoryFile);
  await lab.psql('node1', b.table);
});

afterAll(async () => {
  machine.remove();
  await lab.destroy();
});

//  node1 ──┬──✗ fenced
//          └─ 2 ── node2
it('after a failover: neither an operator nor a service manager starts the old primary; the rejoin does', async () => {
  const pair = { lab, machine, part: lab.node('node1'), stay: lab.node('node2') };
  const { part } = pair;
  await b.inStep(pair);
  await endProcesses(part.data);
  const failover = await machine.run('run', 'failover', '-p', 'down_for=1s', '--yes');
  expect(failover.code, failover.stdout + failover.stderr).toBe(0);

  const before = endOfLog(part);
  expect((await startByHand(lab, part)).code).toBe(1);
  expect(logFrom(part, before)).toMatch(/unrecognized configuration parameter "lifeboat_fence"/);
  expect((await machine.run('status')).stdout).toMatch(/fenced: node2 is the primary now/);

  const manager = new Eager(lab, part);
  await manager.triesAgain();
  expect(await lab.psql('node1', 'select 1').catch(() => 'down')).toBe('down');
  // It goes on: also in the moment in which the rejoin has lifted the fence and not yet started the server itself.
  await b.comesBack(pair, /follow: the WAL of NODE ends at/);
  await manager.stop();
  expect(manager.writable).toBe(false);
  expect((await machine.run('status')).stdout).not.toContain('fenced');
});

it('after a rewind that went through and was not configured: nothing starts it', async () => {
  const pair = { lab, machine, part: lab.node('node2'), stay: lab.node('node1') };
  const { part } = pair;
  await b.partWays(pair, 'crash', () => b.write(pair, part, 'lost'));
  await b.bulk(pair);
  const [died, work] = [machine.run('run', 'rejoin', ...b.bound(pair), '--yes'), await b.rewindAtWork(part)];
  // Only the script that waits for it: pg_rewind itself goes on to its end.
  process.kill(work.parent, 'SIGKILL');
  const manager = new Eager(lab, part);
  expect((await died).code).toBe(10);
  await until(() => livingProcess(work.pid) === undefined, 'pg_rewind ends', 60_000);
  await manager.triesAgain();
  await manager.stop();
  expect(manager.writable).toBe(false);
  expect(existsSync(part.data)).toBe(false);
  const next = await machine.run('run', 'rejoin', ...b.bound(pair), '--dry-run');
  expect(b.flat(next.stdout)).toContain('rebuild: a pg_rewind of node2 died half-way');
});
