// ready: what pg_isready says of a node, from every witness that can be asked.

import { Type } from 'typebox';
import { checkKind } from '../look/check.ts';
import { showTestimony, testimony } from '../look/witnesses.ts';
import { word } from '../runbook/vocabulary.ts';

const said = {
  accepting: 'accepts connections',
  rejecting: 'rejects connections',
  'no-response': 'does not respond',
} as const;

export const ready = checkKind({
  name: 'ready',
  summary:
    'pg_isready of the node, asked from this machine, from the node itself and from every other node that answers',
  params: Type.Object({
    is: Type.Array(word(['accepting', 'rejecting', 'no-response']), {
      description: 'The answers that will do; the liveliest answer that any witness got counts',
      minItems: 1,
    }),
  }),
  example: '{ check: ready, on: primary, is: [no-response] }',
  words: (on, { is }) => `${on} ${is.map(answer => said[answer]).join(' or ')}`,
  async test(on, { is }, look) {
    // The fact would be a whole survey of the node; pg_isready is all that is asked here.
    const heard = await testimony(look, on);
    if (heard.after !== undefined) return { is: 'later', after: heard.after };
    const found = showTestimony(heard);
    if (heard.from.length === 0)
      return { is: 'silent', why: `nobody could be asked whether ${on} answers`, unreachable: true };
    if (is.some(wanted => wanted === heard.answer)) return { is: 'holds', found };
    const alive = heard.answer === 'accepting' && !is.includes('accepting');
    return {
      is: 'fails',
      expected: is.join(' or '),
      found,
      ...(alive && { hint: `${on} takes connections; is it really lost? look with: lifeboat status` }),
    };
  },
  forecast: ({ is }) => ({ ready: is.length === 1 && is[0] !== undefined ? { value: is[0] } : 'later' }),
});
