// kill -9 of `lifeboat run failover`, and of each `lifeboat resume` that goes on with it: two rows of cuts, for a step is cut in its middle or after it.

import { afterEach, it } from 'vitest';
import { at, Broken, type Point } from '../../support/broken.ts';

let broken: Broken;
afterEach(() => broken.remove());

const inTheMiddle: readonly Point[] = [
  ['while it waits', at('began', 'really-down')],
  ['in the middle of stop', at('began', 'fence')],
  ['while WAL is carried', at('began', 'salvage', 'carry')],
  ['in the middle of promote', at('began', 'promote')],
  ['while commits are proven', at('began', 'prove')],
];

const between: readonly Point[] = [
  ['after stop, before its proof', at('ended', 'fence')],
  ['while restore_command is set', at('began', 'salvage', 'sql')],
  ['between two steps', at('done', 'detach-archive')],
  ['at the commit point', event => event.e === 'answered'],
  ['after promote, before its proof', at('ended', 'promote')],
];

it.each([
  ['within their ops', inTheMiddle],
  ['between them', between],
])('steps cut %s: the last resume ends as an uninterrupted run does', async (_name, points) => {
  broken = await Broken.make();
  await broken.killedAt(points);
});
