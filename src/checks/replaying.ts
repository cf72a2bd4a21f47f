// replaying: replay is not paused; a promotion would end the pause and throw the operator's reason for it away.

import { Type } from 'typebox';
import { checkKind } from '../look/check.ts';
import { judge } from '../look/judge.ts';

export const replaying = checkKind({
  name: 'replaying',
  summary: 'Replay of WAL is not paused',
  params: Type.Object({}),
  example: '{ check: replaying, on: standby }',
  words: on => `replay is not paused on ${on}`,
  test: async (on, _params, look) =>
    judge(await look.fact(on, 'replayPaused'), {
      expected: 'replay that goes on',
      show: paused => (paused ? 'replay is paused' : 'replay goes on'),
      holds: paused => !paused,
      hint: `somebody paused it for a reason; to go on: psql -h ${look.node(on).postgres.host} -c 'select pg_wal_replay_resume()'`,
    }),
  forecast: () => ({ replayPaused: { value: false } }),
});
