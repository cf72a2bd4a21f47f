// PostgreSQL is down, and nothing that triage knows explains it: the last lines of its log are shown as they are.

import type { Cause } from '../finding.ts';
import { quotedEach } from '../log-story.ts';
import { isDown, seen } from '../reading.ts';
import { rejoin, shellOn, whenLost } from '../remedy.ts';

/** Asked last, of a node that no other cause was found for. */
export const down: Cause = {
  name: 'down',
  summary: 'PostgreSQL is down, and its log does not say why in words that are known',
  judge(node, cluster) {
    const survey = seen(node);
    if (!survey || !isDown(node)) return undefined;
    const { data, log } = node.site.postgres;
    const words =
      survey.data === 'full'
        ? 'PostgreSQL is down, and its log does not say why in words that are known here.'
        : `There is no PostgreSQL in its data directory: it is ${survey.data}.`;
    return {
      node: node.node,
      cause: 'down',
      certainty: 'possible',
      words,
      evidence: [
        {
          on: node.node,
          file: data,
          text: `data directory: ${survey.data}, pg_controldata: ${survey.control?.state ?? 'nothing readable'}`,
        },
        ...quotedEach(node, node.lines.slice(-5)),
      ],
      ...whenLost(node, cluster, rejoin),
      byHand: [
        log === undefined
          ? `on ${node.node}: read its log`
          : shellOn(node, ['tail', '-n', '100', survey.log?.file ?? log]),
      ],
      wait: null,
    };
  },
};
