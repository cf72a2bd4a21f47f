// path: a file or directory of a node is absent, empty or full.

import { Type } from 'typebox';
import { checkKind } from '../look/check.ts';
import { word } from '../runbook/vocabulary.ts';
import { judge } from '../look/judge.ts';

export const path = checkKind({
  name: 'path',
  summary: 'A path on the node is absent, an empty directory, or holds something',
  params: Type.Object({ path: Type.String(), is: Type.Array(word(['absent', 'empty', 'full']), { minItems: 1 }) }),
  example: '{ check: path, on: primary, path: /disk1/data, is: [full] }',
  words: (on, params) => `${params.path} on ${on} is ${params.is.join(' or ')}`,
  test: async (on, params, look) =>
    judge(await look.path(on, params.path), {
      expected: params.is.join(' or '),
      holds: value => params.is.includes(value),
    }),
  forecast: () => ({}),
});
