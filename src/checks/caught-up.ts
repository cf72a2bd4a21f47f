// caught-up: a standby has replayed all the WAL that the lost primary's disk holds.

import { Type } from 'typebox';
import { checkKind } from '../look/check.ts';
import { valueOf } from '../look/facts.ts';
import { compareLsn, lsnDiff, showLsn } from '../postgres/lsn.ts';
import { node } from '../runbook/vocabulary.ts';
import { bytes, showBytes } from '../time.ts';

export const caughtUp = checkKind({
  name: 'caught-up',
  summary: 'The standby has replayed all the WAL that the stopped server still has on its disk',
  params: Type.Object({ with: node({ description: 'The stopped server' }) }),
  example: '{ check: caught-up, on: standby, with: primary }',
  words: (on, { with: other }) => `${on} has replayed all the WAL of ${other}`,
  async test(on, { with: other }, look) {
    const replayed = await look.fact(on, 'replayed');
    const timeline = valueOf(await look.fact(on, 'timeline'));
    if (replayed.is === 'later' || replayed.is === 'silent') return replayed;
    if (timeline === undefined) return { is: 'silent', why: `${on} does not say its timeline`, unreachable: false };
    const end = await look.endOfWal(other, timeline, replayed.value);
    if (end.is === 'later' || end.is === 'silent') return end;
    if (compareLsn(replayed.value, end.value.last) > 0)
      return { is: 'holds', found: `replayed to ${showLsn(replayed.value)}` };
    const missing = showBytes(bytes(lsnDiff(end.value.end, replayed.value)));
    return {
      is: 'fails',
      expected: `replayed to ${showLsn(end.value.end)}, the end of WAL on ${other}`,
      found: `replayed to ${showLsn(replayed.value)}, ${missing} missing`,
    };
  },
  forecast: () => ({ missing: { value: bytes(0) } }),
});
