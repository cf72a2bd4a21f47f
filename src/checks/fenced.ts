// fenced: a fence stands in the data directory, so that nobody starts this server by mistake.

import { Type } from 'typebox';
import { checkKind } from '../look/check.ts';
import { judge } from '../look/judge.ts';

export const fenced = checkKind({
  name: 'fenced',
  summary: 'A fence stands in the data directory: the server does not start, whoever starts it',
  params: Type.Object({}),
  example: '{ check: fenced, on: primary }',
  words: on => `${on} is fenced: nothing starts it`,
  test: async (on, _params, look) =>
    judge(await look.fact(on, 'fence'), {
      expected: 'a fence in its data directory',
      show: reason => (reason === '' ? 'none' : `fenced: ${reason}`),
      holds: reason => reason !== '',
    }),
  forecast: () => ({ fence: { value: 'by an earlier step' } }),
});
