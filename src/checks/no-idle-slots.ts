// no-idle-slots: no replication slot that nobody reads keeps WAL until the disk is full.

import { Type } from 'typebox';
import { checkKind } from '../look/check.ts';
import { judgeKnown } from '../look/judge.ts';
import { size } from '../runbook/vocabulary.ts';
import { bytes, showBytes } from '../time.ts';
import { inPsql } from '../look/in-psql.ts';

// A slot without a place keeps nothing; nor does one that has lost its WAL already (13 and later).
const query = `select slot_name, slot_type, greatest(0, pg_wal_lsn_diff(
 case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end, restart_lsn))
 from pg_replication_slots where not active and not temporary and restart_lsn is not null
 and wal_status is distinct from 'lost' order by slot_name`;

export const noIdleSlots = checkKind({
  name: 'no-idle-slots',
  summary: 'No replication slot that is not in use keeps more WAL than this',
  params: Type.Object({
    keeping: Type.Optional(size({ description: 'How much such a slot may keep; where absent there may be none' })),
  }),
  example: '{ check: no-idle-slots, on: primary, keeping: 1GB }',
  words: (on, { keeping }) =>
    `no unused slot of ${on} keeps ${keeping === undefined ? 'WAL' : `more than ${showBytes(keeping)} of WAL`}`,
  test: async (on, { keeping }, look) =>
    judgeKnown(await look.rows(on, query), rows => {
      const idle = rows.filter(([, , kept]) => keeping === undefined || Number(kept) > keeping);
      if (idle.length === 0) return { is: 'holds', found: 'none' };
      const drop = idle.map(([name = '']) => `select pg_drop_replication_slot('${name}')`);
      return {
        is: 'fails',
        expected: keeping === undefined ? 'none' : `at most ${showBytes(keeping)} kept by each`,
        found: idle
          .map(([name, type, kept]) => `${String(name)} (${String(type)}) keeps ${showBytes(bytes(Number(kept)))}`)
          .join('; '),
        hint: `if nobody will come back for it: ${inPsql(look.node(on), ...drop)}`,
      };
    }),
  forecast: () => ({}),
});
