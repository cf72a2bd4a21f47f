// stopped: no process of the data directory is left, orphaned backends of a killed postmaster included.

import { Type } from 'typebox';
import { checkKind } from '../look/check.ts';
import { judge } from '../look/judge.ts';

export const stopped = checkKind({
  name: 'stopped',
  summary: 'No process of the data directory is left: a killed postmaster’s backends go on committing without it',
  params: Type.Object({}),
  example: '{ check: stopped, on: primary }',
  words: on => `no process of the data directory is left on ${on}`,
  test: async (on, _params, look) =>
    judge(await look.fact(on, 'processes'), {
      expected: 'no process of the data directory',
      show: count => (count === 0 ? 'no process' : `${String(count)} processes`),
      holds: count => count === 0,
      whenSilent: `what cannot be reached may still be writing. If you know that ${on} is off, say so: --accept-unfenced ${on}`,
    }),
  forecast: () => ({
    processes: { value: 0 },
    role: { value: 'down' },
    ready: { value: 'no-response' },
    postmaster: { value: 'none' },
    writable: { value: false },
  }),
});
