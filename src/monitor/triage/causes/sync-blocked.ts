// Commits wait for a synchronous standby that is not there: nothing is down, and every client hangs.

import { showDuration } from '../../../time.ts';
import type { Cause } from '../finding.ts';
import { isPrimary, said } from '../reading.ts';
import { sqlOn } from '../remedy.ts';

export const syncBlocked: Cause = {
  name: 'sync-blocked',
  summary: 'commits wait for a synchronous standby that does not answer',
  judge(node) {
    const server = said(node);
    const names = server?.settings['synchronous_standby_names'] ?? '';
    if (!server || !isPrimary(node) || names === '') return undefined;
    if (server.senders.some(({ sync, state }) => (sync === 'sync' || sync === 'quorum') && state === 'streaming'))
      return undefined;
    const { sessions, longest } = node.server?.syncWaits ?? { sessions: 0, longest: null };
    return {
      node: node.node,
      cause: 'sync-blocked',
      seriousness: 'outage',
      certainty: sessions > 0 ? 'sure' : 'likely',
      words: `No synchronous standby answers, so ${sessions > 0 ? 'commits wait for one' : 'the next commit will wait for one'}, for ever; statement_timeout does not end that wait.`,
      evidence: [
        { on: node.node, text: `synchronous_standby_names = ${names}` },
        {
          on: node.node,
          text: `pg_stat_replication: ${server.senders.length === 0 ? 'empty' : server.senders.map(({ application, state, sync }) => `${application} ${state} ${sync}`).join(', ')}`,
        },
        ...(sessions > 0
          ? [
              {
                on: node.node,
                text: `${String(sessions)} sessions wait (SyncRep)${longest === null ? '' : `, the first for ${showDuration(longest)}`}`,
              },
            ]
          : []),
      ],
      first: [],
      book: null,
      byHand: [
        'bring the standby back, see above or below; or let commits wait for nobody, and so be lost with this node:',
        sqlOn(node, "alter system set synchronous_standby_names = ''"),
        sqlOn(node, 'select pg_reload_conf()'),
      ],
      loses: null,
      wait: null,
    };
  },
};
