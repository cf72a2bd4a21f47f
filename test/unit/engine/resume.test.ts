// What a resume sees is the world as its own first ops have made it: that is no difference, and nothing is done twice.

import { expect, test } from 'vitest';
import { processIn } from '../../../src/drivers/memory.ts';
import type { NodeName } from '../../../src/ports.ts';
import { lookAt } from '../../interruption/support/stage.ts';
import { failover, lost } from './support.ts';

const MB = 1024 * 1024;
const salvage = () => failover(lost('crashed', { unsent: 60 * MB }));

test('salvaged WAL is half replayed, and the segment to begin with is another one than shown', async () => {
  const whole = await salvage().start();
  const waits = whole.events.findIndex(
    event => event.e === 'began' && event.op.do.op === 'wait' && event.step === 'salvage',
  );
  const stage = salvage();
  await stage.start({ cut: { after: waits + 1, leaves: 'whole' } });
  // Less than the four seconds that replay takes, and more than it takes to leave the first segment.
  await stage.world.time.sleep(2000);
  expect((await stage.resume()).end?.exit).toBe(0);
  expect(stage.world.history.filter(({ what }) => what.startsWith('carry'))).toHaveLength(1);
});

test('WAL that came through restore_command counts as received, though no receiver got it', async () => {
  const stage = salvage();
  await stage.start();
  const { received, replayed } = stage.world.node('node2');
  expect(replayed).toBeGreaterThan(received!);
  const look = lookAt(stage.world, processIn(stage.world));
  expect(await look.fact('node2' as NodeName, 'received')).toMatchObject({ is: 'seen', value: replayed });
});

test('a receipt that is lost does no harm where the proof holds', async () => {
  const stage = failover(lost('crashed', { unsent: 0 }));
  await stage.start({ interruption: { command: 1, point: 'end', dies: 'process' } });
  stage.world.node('node2').receipts.clear();
  const { end, events } = await stage.resume();
  expect(end?.exit).toBe(0);
  expect(events).toContainEqual(
    expect.objectContaining({
      e: 'ended',
      step: 'promote',
      settled: true,
      outcome: expect.objectContaining({ is: 'done' }),
    }),
  );
  expect(stage.world.promotions).toEqual(['node2']);
});
