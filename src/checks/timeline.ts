// timeline: the timeline that a node is on, as a number or as "above what it was".

import { Type } from 'typebox';
import { checkKind } from '../look/check.ts';
import { judge } from '../look/judge.ts';

export const timeline = checkKind({
  name: 'timeline',
  summary: 'The timeline that the node is on (decimal)',
  params: Type.Object({
    is: Type.Optional(Type.Integer({ minimum: 1, description: 'Exactly this one' })),
    above: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'Any later one: PostgreSQL skips numbers whose history file is in the archive',
      }),
    ),
  }),
  example: '{ check: timeline, on: standby, above: 1 }',
  words: (on, { is, above }) => `${on} timeline is ${is === undefined ? `above ${String(above ?? 0)}` : String(is)}`,
  test: async (on, { is, above }, look) =>
    judge(await look.fact(on, 'timeline'), {
      expected: is === undefined ? `above ${String(above ?? 0)}` : String(is),
      holds: value => (is === undefined || value === is) && (above === undefined || value > above),
    }),
  forecast: ({ is }) => ({ timeline: is === undefined ? 'later' : { value: is } }),
});
