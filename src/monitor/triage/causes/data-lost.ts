// The data directory is not there, or is empty: a disk that is gone or not mounted, or somebody's rm.

import type { Cause } from '../finding.ts';
import { quotedEach } from '../log-story.ts';
import { said, seen } from '../reading.ts';
import { rebuild, whenLost } from '../remedy.ts';

export const dataLost: Cause = {
  name: 'data-lost',
  summary: 'the data directory is not there, or is empty',
  judge(node, cluster) {
    const survey = seen(node);
    if (!survey || survey.data === 'full') return undefined;
    const { data, wal } = node.site.postgres;
    const lives = survey.processes.length > 0 || said(node) !== undefined;
    return {
      node: node.node,
      cause: 'data-lost',
      certainty: 'sure',
      words: `Its data directory is ${survey.data === 'absent' ? 'not there' : 'empty'}: a disk that is not mounted, or everything on it is lost.${
        lives ? ' Processes of it still live, in files without a name.' : ''
      }${node.disks?.wal ? ' Its WAL is still there.' : ''}`,
      evidence: [
        {
          on: node.node,
          file: data,
          text: survey.data === 'absent' ? 'there is no such directory' : 'an empty directory',
        },
        ...(node.disks?.wal && wal !== undefined
          ? [{ on: node.node, file: wal, text: `there, up to segment ${node.disks.newestSegment ?? 'none'}` }]
          : []),
        ...quotedEach(node, [node.lines.at(-1)]),
      ],
      ...whenLost(node, cluster, rebuild),
      byHand: [`on ${node.node}: is the file system of ${data} mounted?`],
      wait: null,
    };
  },
};
