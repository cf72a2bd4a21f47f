// Somebody paused replay on a standby and forgot it: it receives everything and shows the data of yesterday.

import { Type } from 'typebox';
import { Fault } from '../../faults.ts';
import { until } from '../probe.ts';
import { mustBe } from '../upstream.ts';
import { labFault } from './fault.ts';

export const replayPaused = labFault({
  name: 'replay-paused',
  summary: 'pg_wal_replay_pause() on a standby: it receives WAL and replays none of it',
  befalls: 'standby',
  params: Type.Object({}, { additionalProperties: false }),
  example: 'fault: { fault: replay-paused, on: node2 }',
  async break(lab, node) {
    await mustBe(lab, node, 'standby');
    await lab.psql(node.name, 'select pg_wal_replay_pause()');
    // From 14 on the pause is only asked for, and takes hold with the next record.
    const paused = async () => (await lab.psql(node.name, 'select pg_is_wal_replay_paused()')) === 't';
    if (!(await until(10_000, paused))) throw new Fault('failed', 'replay goes on', { on: node.name });
  },
  async heal(lab, node) {
    await lab.psql(node.name, 'select pg_wal_replay_resume()');
  },
});
