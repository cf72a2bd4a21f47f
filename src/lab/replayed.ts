// Waits until a standby has replayed what its primary has written.

import type { NodeName } from '../ports.ts';
import { seconds } from '../time.ts';
import type { Lab } from './lab.ts';
import { until } from './probe.ts';

/** False where it does not come there: whoever compares then sees what it lacks. */
export const replayed = (lab: Lab, standby: NodeName, lsn: string): Promise<boolean> =>
  until(seconds(30), async () => (await lab.psql(standby, `select pg_last_wal_replay_lsn() >= '${lsn}'`)) === 't', 50);

export const written = (lab: Lab, primary: NodeName): Promise<string> =>
  lab.psql(primary, 'select pg_current_wal_lsn()');
