// The replication slot that a standby uses is not there, or has given up the WAL that it held.

import type { NodeEvidence } from '../evidence.ts';
import type { Cause } from '../finding.ts';
import { quotedEach } from '../log-story.ts';
import { rejoin, sqlOn } from '../remedy.ts';
import { broken, complaint } from '../replication.ts';

export const slotLost: Cause = {
  name: 'slot-lost',
  summary: 'the replication slot of the standby is gone, or was invalidated',
  judge(node, cluster) {
    const found = broken(node, cluster);
    if (!found) return undefined;
    const said = complaint(node, cluster, ['slot-missing', 'slot-invalidated']);
    const state = stateOf(node, found.from);
    if (!said && state === undefined) return undefined;
    const used = node.server?.slotName ?? '';
    const name = used === '' ? (said?.line.message?.fields['name'] ?? '') : used;
    const { from } = found;
    return {
      node: node.node,
      cause: 'slot-lost',
      seriousness: 'degraded',
      certainty: state === undefined ? 'likely' : 'sure',
      words:
        state === 'lost'
          ? `Its replication slot "${name}" on ${from.node} was invalidated: it kept more WAL than max_slot_wal_keep_size allows, and what it held may be gone.`
          : `Its replication slot "${name}" does not exist on ${from.node}: dropped, or never made there after a promotion. What it held may be gone.`,
      evidence: [
        ...(state === undefined
          ? []
          : [
              {
                on: from.node,
                text:
                  state === 'lost'
                    ? `pg_replication_slots: ${name}, wal_status lost`
                    : `pg_replication_slots: no slot ${name}`,
              },
            ]),
        ...(used === '' ? [] : [{ on: node.node, text: `primary_slot_name = ${used}` }]),
        ...quotedEach(node, [said?.line ?? found.line]),
      ],
      first: [],
      book: rejoin(node, cluster),
      byHand: [
        sqlOn(
          from,
          `${state === 'lost' ? `select pg_drop_replication_slot('${name}'); ` : ''}select pg_create_physical_replication_slot('${name}', true)`,
        ),
      ],
      loses: null,
      wait: null,
    };
  },
};

/** Undefined where the slot is well, or it cannot be told. */
function stateOf(node: NodeEvidence, from: NodeEvidence): 'missing' | 'lost' | undefined {
  const name = node.server?.slotName ?? '';
  if (name === '' || !from.server) return undefined;
  const slot = from.server.slots.find(one => one.name === name);
  if (!slot) return 'missing';
  return slot.walStatus === 'lost' ? 'lost' : undefined;
}
