// role: primary, standby or down; a server that runs and does not say counts as a primary.

import { Type } from 'typebox';
import { checkKind } from '../look/check.ts';
import { word } from '../runbook/vocabulary.ts';
import { judge } from '../look/judge.ts';

const roles = ['primary', 'standby', 'down'] as const;

export const role = checkKind({
  name: 'role',
  summary: 'What the server is: primary, standby, or down (no process of its data directory is left)',
  params: Type.Object({ is: Type.Array(word(roles), { minItems: 1, description: 'The roles that will do' }) }),
  example: '{ check: role, on: standby, is: [standby] }',
  words: (on, { is }) => `${on} role is ${is.join(' or ')}`,
  test: async (on, { is }, look) =>
    judge(await look.fact(on, 'role'), {
      expected: is.join(' or '),
      holds: value => is.includes(value),
      ...(!is.includes('primary') && {
        whenSilent: `what does not answer may still be a primary. If you know that ${on} is off, say so: --accept-unfenced ${on}`,
      }),
    }),
  forecast: ({ is }) => ({ role: is.length === 1 && is[0] !== undefined ? { value: is[0] } : 'later' }),
});
