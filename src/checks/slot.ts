// slot: a physical replication slot of this name exists on a primary.

import { Type } from 'typebox';
import { checkKind, type Verdict } from '../look/check.ts';
import { quoteLiteral } from '../postgres/settings.ts';

export const slot = checkKind({
  name: 'slot',
  summary: 'A physical replication slot of this name exists, so that WAL is kept for its standby',
  params: Type.Object({ name: Type.String({ pattern: '^[a-z0-9_]+$', description: 'The name of the slot' }) }),
  example: '{ check: slot, on: primary, name: node2 }',
  words: (on, { name }) => `${on} has replication slot ${name}`,
  async test(on, { name }, look): Promise<Verdict> {
    const found = await look.rows(
      on,
      `select wal_status from pg_replication_slots where slot_type = 'physical' and slot_name = ${quoteLiteral(name)}`,
    );
    if (found.is === 'later' || found.is === 'silent') return found;
    const [row] = found.value;
    if (row && row[0] !== 'lost') return { is: 'holds', found: row[0] ?? '' };
    return { is: 'fails', expected: `slot ${name}`, found: row ? 'its WAL is lost' : 'no such slot' };
  },
  forecast: () => ({}),
});
