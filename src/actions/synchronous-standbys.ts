// synchronous-standbys: says which standbys a commit waits for; one that is gone would hang every commit.

import { Type } from 'typebox';
import { valueOf } from '../look/facts.ts';
import { node } from '../runbook/vocabulary.ts';
import { action } from './action.ts';
import { alterSystem } from './parts/alter-system.ts';

export const synchronousStandbys = action({
  name: 'synchronous-standbys',
  summary:
    'Sets synchronous_standby_names: a name that is gone hangs every commit, and statement_timeout does not end it',
  params: Type.Object({
    node: node({ description: 'The primary' }),
    names: Type.String({ description: 'As in postgresql.conf; empty for none' }),
  }),
  example: `- id: release-commits
  action: synchronous-standbys
  with: { node: standby, names: '' }`,
  async plan({ node: on, names }, look) {
    const promise = [{ check: 'setting', on, with: { name: 'synchronous_standby_names', is: names } }];
    const before = valueOf(await look.fact(on, 'synchronousStandbyNames'));
    if (before === names)
      return { needs: [], do: { ops: [], why: names === '' ? 'it is empty' : 'it is set' }, promise };
    return {
      needs: [],
      do: { ops: [alterSystem({ on, name: 'synchronous_standby_names', value: names, before })] },
      promise,
    };
  },
});
