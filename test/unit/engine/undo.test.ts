// Undo: in reverse, what was done and can be taken back, down to the last op from which there is no way back.

import { processIn } from '../../../src/drivers/memory.ts';
import { expect, test } from 'vitest';
import { undoRun } from '../../../src/engine/run.ts';
import { fold } from '../../../src/engine/state.ts';
import { planUndo } from '../../../src/engine/undo.ts';
import type { Stage } from '../../interruption/support/stage.ts';
import { failover, healthy, lost, steps } from './support.ts';

const archive = { settings: { restore_command: 'cp /disk3/archive/%f "%p"' } };
const yaml = `  - { id: detach, action: restore-command, with: { node: standby, command: '' } }
  - { id: down, action: stop, with: { node: standby } }
  - { id: odd, action: command, with: { node: primary, argv: [nowhere], effect: reads } }
`;

function undo({ world, ledger, book }: Stage) {
  const inWorld = processIn(world, { ledger });
  const outside = {
    site: inWorld.site,
    ledger: inWorld.ledger,
    person: undefined,
    takeOver: false,
    stop: new AbortController().signal,
    lastSeen: () => undefined,
    tell: () => undefined,
  };
  return undoRun(book, outside);
}

test('the server is started again, then its setting put back', async () => {
  const stage = steps(healthy(archive), yaml);
  expect((await stage.start()).end?.exit).toBe(10);
  const plan = planUndo(fold(await stage.events()));
  expect(plan.items.map(({ step }) => step)).toEqual(['down', 'detach']);
  expect(await undo(stage)).toMatchObject({ exit: 0, why: '2 taken back; node1 takes writes' });
  const node = stage.world.node('node2');
  expect([node.role, node.server !== null, node.settings.get('restore_command')]).toEqual([
    'standby',
    true,
    'cp /disk3/archive/%f "%p"',
  ]);
});

test('nothing is taken back behind a promotion', async () => {
  const stage = failover(lost('killed', archive));
  await stage.start();
  const plan = planUndo(fold(await stage.events()));
  expect(plan.barrier).toMatchObject({ step: 'promote', words: expect.stringContaining('promote') });
  expect(plan.items.map(({ step }) => step)).not.toContain('fence');
});

test('an op that was held back is not taken back', async () => {
  const stage = steps(healthy(), '  - { id: down, action: stop, with: { node: standby } }\n');
  await stage.prepare();
  stage.world.node('node2').server!.pid = 9999;
  expect((await stage.start()).end?.exit).toBe(4);
  expect(planUndo(fold(await stage.events())).items).toEqual([]);
});

test('it is taken back where it was done, whoever answers at that address now', async () => {
  const stage = steps(healthy({ nodes: ['node1', 'node2', 'node3'] }), yaml.split('\n').slice(1).join('\n'), {
    bind: { primary: 'node1', standby: 'node2' },
  });
  await stage.start();
  stage.world.node('node3').server = null;
  stage.world.node('node3').sessions = 0;
  stage.world.exchange('node2', 'node3');
  expect(await undo(stage)).toMatchObject({ exit: 10, why: expect.stringContaining('undo') });
  expect(stage.world.node('node3').server).toBe(null);
});

test('on_failure: undo takes it back by itself', async () => {
  const stage = steps(healthy(archive), yaml.replace('effect: reads }', 'effect: reads }, on_failure: undo'));
  expect((await stage.start()).end).toMatchObject({ exit: 10, why: expect.stringContaining('2 ops taken back') });
  expect(stage.world.node('node2').server).not.toBe(null);
});
