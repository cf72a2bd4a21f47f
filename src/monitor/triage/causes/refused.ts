// The primary lives and turns the standby away: a wrong password, or no line for it in pg_hba.conf.

import { parseConninfo, showConninfo } from '../../../postgres/connection.ts';
import type { NodeEvidence } from '../evidence.ts';
import type { Cause, Seen } from '../finding.ts';
import { lastOf, quotedEach, thisBoot } from '../log-story.ts';
import { said } from '../reading.ts';
import { sqlOn } from '../remedy.ts';
import { complaint } from '../replication.ts';

const common = { seriousness: 'degraded', certainty: 'sure', first: [], book: null, loses: null, wait: null } as const;

export const passwordWrong: Cause = {
  name: 'password-wrong',
  summary: 'the primary refuses the password of the standby',
  judge(node, cluster) {
    const found = complaint(node, cluster, ['primary-refuses-password']);
    if (!found) return undefined;
    const { from, line } = found;
    const user = line.message?.fields['user'] ?? userOf(node) ?? 'the replication role';
    return {
      ...common,
      node: node.node,
      cause: 'password-wrong',
      words: `${from.node} refuses the password with which ${node.node} comes for replication: somebody changed the password of ${user}, or the file that ${node.node} reads it from.`,
      evidence: [
        ...quotedEach(node, [line]),
        ...conninfoOf(node),
        ...quotedEach(from, [lastOf(thisBoot(from), ['primary-refuses-password'])]),
      ],
      byHand: [
        `on ${node.node}: put the right password into ${passfileOf(node) ?? 'the password file that primary_conninfo names'}; the standby reads it at its next try`,
        `or on ${from.node}, in psql: \\password ${user}`,
      ],
    };
  },
};

export const notAdmitted: Cause = {
  name: 'not-admitted',
  summary: 'pg_hba.conf of the primary has no line for the standby',
  judge(node, cluster) {
    const found = complaint(node, cluster, ['primary-refuses-host']);
    if (!found) return undefined;
    const { from, line } = found;
    return {
      ...common,
      node: node.node,
      cause: 'not-admitted',
      words: `pg_hba.conf of ${from.node} has no line that lets ${node.node} replicate.`,
      evidence: [...quotedEach(node, [line]), ...conninfoOf(node)],
      byHand: [
        `on ${from.node}: add to pg_hba.conf: host replication ${userOf(node) ?? 'USER'} ${node.site.postgres.host}/32 scram-sha-256`,
        sqlOn(from, 'select pg_reload_conf()'),
      ],
    };
  },
};

const parameters = (node: NodeEvidence) => parseConninfo(said(node)?.settings['primary_conninfo'] ?? '');
const userOf = (node: NodeEvidence): string | undefined => parameters(node)?.['user'];
const passfileOf = (node: NodeEvidence): string | undefined => parameters(node)?.['passfile'];

/** Shown without any password that stands in it. */
export function conninfoOf(node: NodeEvidence): Seen[] {
  const text = said(node)?.settings['primary_conninfo'] ?? '';
  return text === '' ? [] : [{ on: node.node, text: `primary_conninfo = ${showConninfo(text)}` }];
}
