// drop-slots: drops the replication slots of a former primary that nobody uses any more: they would keep WAL until its disk is full.

import { Type } from 'typebox';
import { quoteLiteral } from '../postgres/settings.ts';
import { node } from '../runbook/vocabulary.ts';
import { seconds } from '../time.ts';
import { action } from './action.ts';
import { slotOf } from './parts/standby.ts';

export const dropSlots = action({
  name: 'drop-slots',
  summary: 'Drops idle replication slots that bear the names of this cluster’s nodes; others are left alone',
  params: Type.Object({ node: node({ description: 'The server that was the primary' }) }),
  example: `- id: old-slots
  action: drop-slots
  with: { node: primary }`,
  plan({ node: on }, look) {
    if (look.cluster.replication?.slots !== true)
      return Promise.resolve({ needs: [], do: { ops: [], why: 'this cluster uses no slots' }, promise: [] });
    const names = look.cluster.nodes.map(({ name }) => quoteLiteral(slotOf(name))).join(', ');
    const text = `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_type = 'physical' AND NOT active AND slot_name IN (${names})`;
    return Promise.resolve({
      needs: [],
      do: {
        ops: [
          {
            do: { op: 'sql', session: true, statements: [{ text }] },
            on,
            within: seconds(10),
            guard: ['role'],
            done: [],
            alters: [],
            undo: 'free',
          },
        ],
      },
      promise: [],
    });
  },
});
