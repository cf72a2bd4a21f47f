// create-slots: the physical replication slots that a logical backup lists; logical ones cannot be had back.

import { Type } from 'typebox';
import { valueOf } from '../look/facts.ts';
import { quoteLiteral } from '../postgres/settings.ts';
import { node } from '../runbook/vocabulary.ts';
import { seconds } from '../time.ts';
import { action } from './action.ts';

export const createSlots = action({
  name: 'create-slots',
  summary:
    'Makes the physical replication slots again that a logical backup lists; none keeps WAL before a standby comes to it',
  params: Type.Object({
    node: node({ description: 'The server' }),
    from: Type.String({ pattern: '^/', description: 'Directory of the backup, on that node' }),
  }),
  example: `- id: slots
  action: create-slots
  with: { node: primary, from: /disk3/backup/20261121/logical }`,
  async plan({ node: on, from }, look) {
    const dump = valueOf(await look.dump(on, from));
    if (!dump)
      return {
        needs: [{ check: 'dump-fits', on, with: { path: from } }],
        do: { ops: [], why: `there is no backup in ${from}` },
        promise: [],
      };
    const { slots } = dump;
    const lost = slots.filter(({ type }) => type === 'logical').map(({ name }) => name);
    const physical = slots.filter(({ type }) => type === 'physical').map(({ name }) => name);
    const why =
      lost.length === 0 ? undefined : `lost: the logical ${lost.join(', ')}; whoever reads from there begins anew`;
    const statements = physical.map(quoteLiteral).map(name => ({
      text: `SELECT pg_create_physical_replication_slot(${name}) WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = ${name})`,
    }));
    const promise = physical.map(name => ({ check: 'slot', on, with: { name } }));
    if (physical.length === 0) return { needs: [], do: { ops: [], why: why ?? 'the backup lists none' }, promise };
    return {
      needs: [],
      do: {
        ops: [
          {
            do: { op: 'sql', session: true, statements },
            on,
            within: seconds(30),
            guard: ['role'],
            done: promise,
            alters: [],
            undo: 'free',
          },
        ],
        ...(why !== undefined && { why }),
      },
      promise,
    };
  },
});
