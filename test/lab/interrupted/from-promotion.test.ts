// kill -9 of `lifeboat run failover` at its commit point and beyond, then `lifeboat resume`.

import { afterEach, it } from 'vitest';
import { at, Broken } from '../../support/broken.ts';
import type { Event } from '../../support/lifeboat.ts';

let broken: Broken;
afterEach(() => broken.remove());

const points: readonly [string, (event: Event) => boolean][] = [
  ['between two steps', at('done', 'detach-archive')],
  ['at the commit point', event => event.e === 'answered'],
  ['in the middle of promote', at('began', 'promote')],
  ['after promote, before its proof', at('ended', 'promote')],
  ['while commits are proven', at('began', 'prove')],
];

it.each(points)('%s: resume ends as an uninterrupted run does', async (_name, point) => {
  broken = await Broken.make();
  await broken.killedAt(point);
});
