// streaming: a standby's WAL receiver gets WAL from its primary now.

import { Type } from 'typebox';
import { checkKind } from '../look/check.ts';
import { judge } from '../look/judge.ts';

export const streaming = checkKind({
  name: 'streaming',
  summary: 'The WAL receiver of the standby streams from its primary',
  params: Type.Object({}),
  example: '{ check: streaming, on: standby }',
  words: on => `${on} streams from its primary`,
  test: async (on, _params, look) =>
    judge(await look.fact(on, 'streaming'), {
      expected: 'a WAL receiver that streams',
      show: value => (value ? 'streaming' : 'not streaming'),
      holds: value => value,
      hint: `the reason stands in the log of ${on}; see also: lifeboat status`,
    }),
  forecast: () => ({ streaming: { value: true } }),
});
