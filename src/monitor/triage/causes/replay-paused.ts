// Replay is paused: the standby receives everything, shows the data of then, and could not be promoted at once.

import { showLsn } from '../../../postgres/lsn.ts';
import type { Cause } from '../finding.ts';
import { lastOf, quotedEach, thisBoot } from '../log-story.ts';
import { said } from '../reading.ts';
import { sqlOn } from '../remedy.ts';

export const replayPaused: Cause = {
  name: 'replay-paused',
  summary: 'replay of the standby is paused',
  judge(node) {
    const server = said(node);
    if (server?.inRecovery !== true || !server.replayPaused) return undefined;
    const lines = thisBoot(node);
    const small = lastOf(lines, ['parameters-too-small']);
    return {
      node: node.node,
      cause: 'replay-paused',
      seriousness: 'degraded',
      certainty: 'sure',
      words: small
        ? 'Replay is paused because a setting is lower than on the primary. Resumed as it is, the server would stop: raise the setting first and restart.'
        : 'Replay is paused: somebody called pg_wal_replay_pause() and has not resumed it, or a recovery target was reached. What it receives it does not show.',
      evidence: [
        { on: node.node, text: 'pg_is_wal_replay_paused(): true' },
        ...(server.replayed === null
          ? []
          : [
              {
                on: node.node,
                text: `replayed up to ${showLsn(server.replayed)}${server.received === null ? '' : `, received up to ${showLsn(server.received)}`}`,
              },
            ]),
        ...quotedEach(node, [lastOf(lines, ['paused-at-target']), small]),
      ],
      first: [],
      book: null,
      byHand: [
        ...(small ? [`on ${node.node}: raise the setting that the log names, and restart`] : []),
        ...(small ? [] : [sqlOn(node, 'select pg_wal_replay_resume()')]),
      ],
      loses: null,
      wait: null,
    };
  },
};
