// same-system: two nodes hold copies of one cluster, by PostgreSQL’s own system identifier.

import { Type } from 'typebox';
import { checkKind, type Verdict } from '../look/check.ts';
import { judge } from '../look/judge.ts';
import { node } from '../runbook/vocabulary.ts';

export const sameSystem = checkKind({
  name: 'same-system',
  summary: 'Both data directories are copies of one cluster: their system identifiers are equal',
  params: Type.Object({ as: node({ description: 'The other node' }) }),
  example: '{ check: same-system, on: standby, as: primary }',
  words: (on, { as }) => `${on} and ${as} are copies of one cluster`,
  async test(on, { as }, look): Promise<Verdict> {
    const theirs = await look.fact(as, 'systemId');
    if (theirs.is === 'later' || theirs.is === 'silent') return theirs;
    return judge(await look.fact(on, 'systemId'), {
      expected: `system identifier ${theirs.value}, as on ${as}`,
      holds: value => value === theirs.value,
      hint: `another cluster lies in ${look.node(on).postgres.data} of ${on}: is the inventory right?`,
    });
  },
  forecast: () => ({ systemId: 'later' }),
});
