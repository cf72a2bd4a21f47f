// not-fenced: no fence of a former failover keeps the server from starting.

import { Type } from 'typebox';
import { checkKind } from '../look/check.ts';
import { judge } from '../look/judge.ts';

export const notFenced = checkKind({
  name: 'not-fenced',
  summary: 'No fence stands in the data directory of a node that is to be started',
  params: Type.Object({}),
  example: '{ check: not-fenced, on: standby }',
  words: on => `${on} is not fenced`,
  test: async (on, _params, look) =>
    judge(await look.fact(on, 'fence'), {
      expected: 'no fence',
      show: reason => (reason === '' ? 'none' : `fenced: ${reason}`),
      holds: reason => reason === '',
      hint: `it was a primary and must not come back as one: lifeboat run rejoin --bind node=${on}`,
    }),
  forecast: () => ({ fence: { value: '' } }),
});
