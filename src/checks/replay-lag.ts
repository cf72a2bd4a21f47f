// replay-lag: how much WAL the standby has yet to replay of what its primary has written.

import { Type } from 'typebox';
import { checkKind, type Verdict } from '../look/check.ts';
import { lsnDiff, showLsn } from '../postgres/lsn.ts';
import { node, size } from '../runbook/vocabulary.ts';
import { bytes, showBytes } from '../time.ts';

const usual = bytes(16 * 1024 * 1024);

export const replayLag = checkKind({
  name: 'replay-lag',
  summary: 'The standby has replayed what the primary has written, but for so many bytes',
  params: Type.Object({
    behind: node({ description: 'The primary' }),
    at_most: Type.Optional(size({ description: 'How much may be missing; 16MB where absent' })),
  }),
  example: '{ check: replay-lag, on: standby, behind: primary, at_most: 16MB }',
  words: (on, { behind, at_most: most = usual }) => `${on} is at most ${showBytes(most)} of replay behind ${behind}`,
  async test(on, { behind, at_most: most = usual }, look): Promise<Verdict> {
    // The primary first: what it writes in between would count as lag.
    const written = await look.fact(behind, 'written');
    if (written.is === 'later' || written.is === 'silent') return written;
    const replayed = await look.fact(on, 'replayed');
    if (replayed.is === 'later' || replayed.is === 'silent') return replayed;
    const lag = bytes(Math.max(0, lsnDiff(written.value, replayed.value)));
    const found = `replayed to ${showLsn(replayed.value)}, ${showBytes(lag)} behind ${showLsn(written.value)} on ${behind}`;
    if (lag <= most) return { is: 'holds', found };
    return {
      is: 'fails',
      expected: `at most ${showBytes(most)}`,
      found,
      hint: `see whether it gets less, and where it is held up: lifeboat status`,
    };
  },
  forecast: () => ({}),
});
