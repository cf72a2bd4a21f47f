// follows: this standby gets the WAL of that primary, from itself or through other standbys, and is on its timeline.

import { Type } from 'typebox';
import { checkKind, type Verdict } from '../look/check.ts';
import { following, throughWhom } from '../look/following.ts';
import { node } from '../runbook/vocabulary.ts';

export const follows = checkKind({
  name: 'follows',
  summary:
    'The standby streams from this server, directly or through other standbys, each with the next among its walsenders and on its timeline',
  params: Type.Object({
    primary: node({ description: 'The server whose WAL it gets; another standby in a cascade' }),
  }),
  example: '{ check: follows, on: standby, primary: primary }',
  words: (on, { primary }) => `${on} follows ${primary}`,
  async test(on, { primary }, look): Promise<Verdict> {
    const it = await following(look, on, primary);
    if (it.is === 'later' || it.is === 'silent') return it;
    if (it.is === 'following')
      return {
        is: 'holds',
        found: `streaming from ${throughWhom(primary, it.through)} on timeline ${String(it.timeline)}`,
      };
    return {
      is: 'fails',
      expected: `streaming from ${primary}`,
      found: it.found,
      hint: `the reason stands in the log of ${on}; see also: lifeboat status`,
    };
  },
  forecast: () => ({ streaming: { value: true }, role: { value: 'standby' }, upstream: 'later' }),
});
