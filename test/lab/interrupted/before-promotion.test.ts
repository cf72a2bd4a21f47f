// kill -9 of `lifeboat run failover` up to its commit point, then `lifeboat resume`.

import { afterEach, it } from 'vitest';
import { at, Broken } from '../../support/broken.ts';
import type { Event } from '../../support/lifeboat.ts';

let broken: Broken;
afterEach(() => broken.remove());

const points: readonly [string, (event: Event) => boolean][] = [
  ['while it waits', at('began', 'really-down')],
  ['in the middle of stop', at('began', 'fence')],
  ['after stop, before its proof', at('ended', 'fence')],
  ['while WAL is carried', at('began', 'salvage', 'carry')],
  ['while restore_command is set', at('began', 'salvage', 'sql')],
];

it.each(points)('%s: resume ends as an uninterrupted run does', async (_name, point) => {
  broken = await Broken.make();
  await broken.killedAt(point);
});
