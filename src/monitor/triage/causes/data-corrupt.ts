// A file of the data directory is damaged, cut short or missing.

import type { MessageName } from '../../../postgres/messages.ts';
import type { ClusterEvidence, LogLine, NodeEvidence } from '../evidence.ts';
import type { Cause } from '../finding.ts';
import { lastOfEach, quotedEach, thisBoot } from '../log-story.ts';
import { candidateFor, isPrimary, said, seen } from '../reading.ts';
import { lifeboat, rebuild, type Remedy, stopOn, whenLost } from '../remedy.ts';
import { troubles } from '../trouble.ts';

const damage: readonly MessageName[] = [
  'invalid-page',
  'checksum-failed',
  'invalid-pages-in-wal',
  'damaged-file',
  'cannot-open-file',
];
/** Where PostgreSQL keeps data, as its messages name it: below the data directory. */
const dataFile = /"(?:base|global|pg_xact|pg_multixact|pg_tblspc|pg_filenode)[/.]/;

export const dataCorrupt: Cause = {
  name: 'data-corrupt',
  summary: 'a data file is damaged, cut short or missing',
  judge(node, cluster) {
    const survey = seen(node);
    if (survey?.data !== 'full') return undefined;
    const refuses = !said(node) && survey.ready === 'accepting';
    const lines = lastOfEach((said(node) || refuses ? thisBoot(node) : troubles(node)).filter(isDamage), damage);
    const control = survey.control === null || !survey.control.intact;
    if (lines.length === 0 && !control) return undefined;
    return {
      node: node.node,
      cause: 'data-corrupt',
      certainty: lines.length > 0 || survey.control?.intact === false ? 'sure' : 'likely',
      words: said(node)
        ? 'A data file is damaged: whoever reads that part gets an error, and what else is damaged nobody has looked for yet.'
        : refuses
          ? 'A data file that every connection needs is damaged: PostgreSQL runs, and turns everybody away.'
          : 'A file of the data directory is damaged: PostgreSQL cannot start from it.',
      evidence: [
        ...quotedEach(node, lines),
        ...(control
          ? [
              {
                on: node.node,
                file: `${node.site.postgres.data}/global/pg_control`,
                text: 'pg_controldata cannot read it, or its checksum is wrong',
              },
            ]
          : []),
        ...quotedEach(node, lastOfEach(troubles(node), ['startup-failed'])),
      ],
      ...remedy(node, cluster),
      ...(refuses && { first: [stopOn(node)] }),
      wait: null,
    };
  },
};

const isDamage = ({ message, text }: LogLine): boolean =>
  message !== undefined &&
  damage.includes(message.name) &&
  (message.name !== 'cannot-open-file' || dataFile.test(text));

/** A primary that still serves hands over in good order; its standby replays WAL and so does not inherit a page damaged on disk. */
function remedy(node: NodeEvidence, cluster: ClusterEvidence): Remedy {
  if (!isPrimary(node)) return { ...whenLost(node, cluster, rebuild), ...(said(node) && { seriousness: 'degraded' }) };
  const candidate = candidateFor(node, cluster);
  const roles = candidate ? ['--bind', `primary=${node.node}`, '--bind', `standby=${candidate.node}`] : [];
  return {
    seriousness: 'danger',
    first: [],
    book: candidate ? lifeboat(cluster, 'run', 'switchover', ...(cluster.nodes.length > 2 ? roles : [])) : null,
    byHand: candidate
      ? [`afterwards build ${node.node} anew: ${rebuild(node, cluster)}`]
      : ['no standby could take over: stop writing, and restore from a backup'],
    loses: null,
  };
}
