// writable: a primary whose sessions may write.

import { Type } from 'typebox';
import { checkKind } from '../look/check.ts';
import { judge } from '../look/judge.ts';

export const writable = checkKind({
  name: 'writable',
  summary: 'The server is a primary and its sessions may write',
  params: Type.Object({}),
  example: '{ check: writable, on: standby }',
  words: on => `${on} takes writes`,
  test: async (on, _params, look) =>
    judge(await look.fact(on, 'writable'), {
      expected: 'a writable primary',
      show: value => (value ? 'writable' : 'read-only'),
      holds: value => value,
    }),
  forecast: () => ({ writable: { value: true }, ready: { value: 'accepting' } }),
});
