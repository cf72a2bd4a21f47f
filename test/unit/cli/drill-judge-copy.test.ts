// What a rehearsal within a drill proves, and what it does not: each proof can be missed by itself.

import { expect, it } from 'vitest';
import type { Copy } from '../../../src/cli/drill-copy.ts';
import { rehearsalProofs } from '../../../src/cli/drill-judge-copy.ts';
import { passedDrill, story } from '../report/drill-fixture.ts';

const kept = { before: 'B1; timelines 1', after: 'B1; timelines 1' };
const alone: Copy = { report: null, connections: [], kept, left: [] };
const missed = (copy: Copy): string[] =>
  rehearsalProofs(copy).flatMap(({ name, holds, found }) => (holds ? [] : [`${name}: ${found}`]));

it('all that the story proves of the copy, and that the cluster was left alone', async () => {
  const report = await passedDrill();
  expect(rehearsalProofs({ ...alone, report }).map(({ name, found }) => `${name}: ${found}`)).toEqual([
    'copy: no acknowledged row is lost: 0 lost',
    'copy: the timeline is the next one: 1 → 2',
    'connections to the cluster meanwhile: none',
    'kept in the repository: B1; timelines 1',
    'left of the copy: nothing',
  ]);
});

it('what a story of several acts misses, it misses too', async () => {
  expect(missed({ ...alone, report: await story() })).toEqual(
    expect.arrayContaining(['copy: the only primary: none', 'copy: acts that prove all that they must: 2']),
  );
});

it.each<[string, Partial<Copy>]>([
  ['connections to the cluster meanwhile: node1: host=127.0.0.1', { connections: ['node1: host=127.0.0.1'] }],
  ['kept in the repository: B1; timelines 1, 2', { kept: { ...kept, after: 'B1; timelines 1, 2' } }],
  ['left of the copy: lifeboat-copy-1a2b', { left: ['lifeboat-copy-1a2b'] }],
])('%s', (expected, change) => {
  expect(missed({ ...alone, ...change })).toEqual([expected]);
});
