// Nothing answers at the host: no SSH, and nobody who was asked got a word from its PostgreSQL.

import { isSilent } from '../../../ports.ts';
import type { Cause } from '../finding.ts';
import { primaryOf, wasPrimary } from '../reading.ts';
import { rejoin, whenLost } from '../remedy.ts';
import { silence } from '../silence.ts';

export const hostGone: Cause = {
  name: 'host-gone',
  summary: 'the host answers neither SSH nor PostgreSQL, whoever asks',
  judge(node, cluster) {
    if (!isSilent(node.survey) || !node.survey.unreachable) return undefined;
    if (node.witnesses.some(({ answer }) => answer === 'accepting' || answer === 'rejecting')) return undefined;
    const others = node.witnesses.filter(({ from }) => from !== 'here');
    const lost = wasPrimary(node, cluster) && !primaryOf(cluster);
    return {
      node: node.node,
      cause: 'host-gone',
      certainty: others.length > 0 ? 'sure' : 'likely',
      words: lost
        ? 'The host of the primary is gone: hardware, operating system, or the network around it. From out of reach nobody can stop it, so make sure that it is off before it is replaced.'
        : 'The host is gone: hardware, operating system, or the network around it. It can come back as a standby once it answers.',
      evidence: silence(node),
      ...whenLost(node, cluster, rejoin, lost ? ['--accept-unfenced', node.node] : []),
      ...(!lost && { first: [`bring the host of ${node.node} back; its server need not be started`] }),
      wait: null,
    };
  },
};
