// reachable: the node's host answers over SSH, with the host key that known_hosts has.

import { Type } from 'typebox';
import { checkKind } from '../look/check.ts';
import { judge } from '../look/judge.ts';

export const reachable = checkKind({
  name: 'reachable',
  summary: 'The host answers over SSH',
  params: Type.Object({}),
  example: '{ check: reachable, on: standby }',
  words: on => `${on} answers over SSH`,
  test: async (on, _params, look) =>
    judge(await look.fact(on, 'reachable'), {
      expected: 'an SSH session',
      show: value => (value ? 'reachable' : 'no SSH session'),
      holds: value => value,
      hint: `try: ssh ${look.node(on).ssh.host} true`,
    }),
  forecast: () => ({ reachable: { value: true } }),
});
