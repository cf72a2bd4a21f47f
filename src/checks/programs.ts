// programs: programs of PostgreSQL are on a node, where the inventory says that they are.

import { Type } from 'typebox';
import { checkKind, type Verdict } from '../look/check.ts';

export const programs = checkKind({
  name: 'programs',
  summary:
    'Programs of PostgreSQL are on the node: distributions have packages of their own for the server and its clients',
  params: Type.Object({
    names: Type.Array(Type.String({ pattern: '^[a-z_]+$' }), { minItems: 1, description: 'Such as pg_dump' }),
  }),
  example: '{ check: programs, on: standby, names: [pg_dump, psql] }',
  words: (on, { names }) => `${names.join(', ')} on ${on}`,
  async test(on, { names }, look): Promise<Verdict> {
    const { bin } = look.node(on).postgres;
    const missing: string[] = [];
    for (const name of names) {
      const state = await look.path(on, `${bin}/${name}`);
      if (state.is === 'later' || state.is === 'silent') return state;
      if (state.value !== 'full') missing.push(name);
    }
    if (missing.length === 0) return { is: 'holds', found: `in ${bin}` };
    return {
      is: 'fails',
      expected: `${names.join(', ')} in ${bin}`,
      found: `no ${missing.join(', no ')} there`,
      hint: 'install them, or say in the inventory where they are: bin',
    };
  },
  forecast: () => ({}),
});
