// can-rejoin: there is a safe way to bring a node back under a primary, or the one asked for is safe.

import { Type } from 'typebox';
import { checkKind, type Verdict } from '../look/check.ts';
import { wayBack } from '../look/way-back.ts';
import { node, word } from '../runbook/vocabulary.ts';

export const canRejoin = checkKind({
  name: 'can-rejoin',
  summary: 'A node can be brought back under a primary, by the way that is asked for where one is',
  params: Type.Object({
    primary: node({ description: 'The primary that it shall follow' }),
    by: Type.Optional(word(['cheapest', 'follow', 'rewind', 'rebuild'])),
  }),
  example: '{ check: can-rejoin, on: standby, primary: primary, by: follow }',
  words: (on, { primary, by }) =>
    by === undefined || by === 'cheapest' ? `${on} can come back under ${primary}` : `${on} can ${by} ${primary}`,
  async test(on, { primary, by }, look): Promise<Verdict> {
    const found = await wayBack(look, on, primary);
    if (found.is === 'later' || found.is === 'silent') return found;
    if (found.is === 'refused') return { is: 'fails', expected: found.expected, found: found.found, hint: found.hint };
    const fits =
      by === undefined || by === 'cheapest' || by === 'rebuild' || found.way === by || found.way === 'nothing';
    if (fits || (by === 'follow' && found.way === 'repoint'))
      return { is: 'holds', found: `${found.way}: ${found.why}` };
    return {
      is: 'fails',
      expected: `that ${on} can ${by}`,
      found: found.why,
      hint: `the cheapest safe way is ${found.way}: lifeboat run rejoin --bind node=${on}`,
    };
  },
  forecast: () => ({}),
});
