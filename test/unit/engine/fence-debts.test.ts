// A fence that a run could not place: remembered from its journal, and what of it is due once the host answers.

import { beforeEach, describe, expect, test } from 'vitest';
import type { World } from '../../../src/drivers/memory.ts';
import { fenceDebts } from '../../../src/engine/fence-debts.ts';
import { type FenceDebt, fenceDue } from '../../../src/look/fence-debt.ts';
import { readBook } from '../../interruption/support/books.ts';
import { lookAt, Stage } from '../../interruption/support/stage.ts';
import { failover, lost } from './support.ts';

const unfenced = { unfenced: ['node1'], options: { acceptLoss: 'unknown' as const } };

let world: World;
let debt: FenceDebt;

beforeEach(async () => {
  world = lost('host-gone');
  const stage = failover(world, unfenced);
  expect((await stage.start()).end?.exit).toBe(0);
  [debt] = fenceDebts(await stage.events()) as [FenceDebt];
});

const due = () => fenceDue(lookAt(world), debt);
const node1 = () => world.node('node1');
const answers = () => Object.assign(node1(), { reachable: true });
const starts = () =>
  Object.assign(node1(), { server: { pid: 7000, started: 1, frozen: false, accepting: true }, sessions: 6 });
const put = (name: string, text: string) => node1().files.set(`${node1().site.postgres.data}/${name}`, { text });
const fence = () => put('postgresql.auto.conf', "lifeboat_fence = 'node2 is the primary now'");

describe('what a run leaves', () => {
  test('the node, who was promoted in its stead, and on which timeline', () => {
    expect(debt).toMatchObject({
      node: 'node1',
      run: 'failover-1',
      reason: 'node2 is the primary now',
      successor: 'node2',
      timeline: 2,
    });
  });

  test('nothing, as long as nobody is promoted', async () => {
    const stage = failover(lost('host-gone'), unfenced);
    await stage.start();
    const events = await stage.events();
    const promoted = events.findIndex(event => event.e === 'done' && event.step === 'promote');
    expect(fenceDebts(events.slice(0, promoted))).toEqual([]);
    expect(fenceDebts(events.slice(0, promoted + 1))).toHaveLength(1);
  });

  test('nothing, where the fence was placed', async () => {
    const stage = failover(lost('crashed'));
    expect((await stage.start()).end?.exit).toBe(0);
    expect(fenceDebts(await stage.events())).toEqual([]);
  });
});

describe('what is due', () => {
  test('nothing can be said while the host is silent', async () => {
    expect(await due()).toEqual({ is: 'waits', why: 'node1 cannot be reached' });
  });

  test('it answers, stopped as it fell: the fence; once that stands, nothing', async () => {
    answers();
    expect(await due()).toEqual({ is: 'stopped' });
    fence();
    expect(await due()).toEqual({ is: 'paid', why: 'node1 is fenced: node2 is the primary now' });
  });

  test('its service manager was quicker: a second primary, with a fence or without', async () => {
    answers();
    starts();
    expect(await due()).toEqual({ is: 'runs', fenced: false });
    fence();
    expect(await due()).toEqual({ is: 'runs', fenced: true });
  });

  test('what runs and does not say what it is counts as one', async () => {
    answers();
    starts().server.frozen = true;
    expect(await due()).toEqual({ is: 'runs', fenced: false });
  });

  test('which of the two goes on cannot be seen without the other', async () => {
    answers();
    world.node('node2').reachable = false;
    expect(await due()).toEqual({
      is: 'waits',
      why: 'node2 does not answer, and which of the two goes on cannot be seen',
    });
  });

  test('nothing, where it is a standby, another cluster’s, or has no data', async () => {
    answers();
    put('standby.signal', '');
    expect(await due()).toEqual({ is: 'paid', why: 'node1 is a standby by now' });
    node1().files.delete(`${node1().site.postgres.data}/standby.signal`);
    const { systemId } = node1();
    node1().systemId = '7000000000000000000';
    expect(await due()).toEqual({ is: 'paid', why: 'node1 holds the data of another cluster' });
    node1().systemId = systemId;
    node1().files.clear();
    expect(await due()).toEqual({ is: 'paid', why: 'node1 has no data directory to start' });
  });

  test('nothing after a rejoin, nor where it is the primary again since', async () => {
    answers();
    expect((await new Stage(world, { book: readBook('rejoin') }).start()).end?.exit).toBe(0);
    expect(await due()).toEqual({ is: 'paid', why: 'node1 is a standby by now' });
    world.lose('node2', 'crashed');
    world.promote('node1');
    expect(await due()).toEqual({ is: 'paid', why: 'node1 has been on timeline 2 of node2 since' });
  });
});
