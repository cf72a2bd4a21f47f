// room-for-standby: the server can feed so many standbys; one too many is turned away and falls behind.

import { Type } from 'typebox';
import { checkKind, type Verdict } from '../look/check.ts';
import { senderOf } from '../look/upstream.ts';

const query = `select current_setting('max_wal_senders'), (select count(*) from pg_stat_replication),
 current_setting('max_replication_slots'), (select count(*) from pg_replication_slots)`;

export const roomForStandby = checkKind({
  name: 'room-for-standby',
  summary:
    'max_wal_senders and max_replication_slots leave room for so many standbys, those that it feeds already included',
  params: Type.Object({ standbys: Type.Integer({ minimum: 1, description: 'How many it must feed in all' }) }),
  example: '{ check: room-for-standby, on: standby, standbys: 1 }',
  words: (on, { standbys }) => `${on} can feed ${String(standbys)} ${standbys === 1 ? 'standby' : 'standbys'}`,
  async test(on, { standbys }, look): Promise<Verdict> {
    const rows = await look.rows(on, query);
    if (rows.is === 'later' || rows.is === 'silent') return rows;
    const senders = await look.senders(on);
    if (senders.is === 'later' || senders.is === 'silent') return senders;
    let fed = 0;
    for (const { name } of look.cluster.nodes)
      if (name !== on && (await senderOf(look, { on: name, from: on, senders: senders.value }))) fed += 1;
    const wanted = Math.max(0, standbys - fed);
    const [maxSenders = 0, usedSenders = 0, maxSlots = 0, usedSlots = 0] = (rows.value[0] ?? []).map(Number);
    const found = `max_wal_senders ${String(maxSenders)}, ${String(usedSenders)} in use; max_replication_slots ${String(maxSlots)}, ${String(usedSlots)} in use`;
    if (maxSenders - usedSenders >= wanted && maxSlots - usedSlots >= wanted) return { is: 'holds', found };
    const short = maxSenders - usedSenders < wanted ? 'max_wal_senders' : 'max_replication_slots';
    return {
      is: 'fails',
      expected: `${String(wanted)} more of each`,
      found,
      hint: `raise ${short} on ${on} and restart it; slots that nobody needs: select slot_name from pg_replication_slots where not active`,
    };
  },
  forecast: () => ({}),
});
