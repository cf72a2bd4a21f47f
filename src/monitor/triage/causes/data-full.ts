// The file system of the data directory is full: writes fail one by one, and a server that needs the room to start does not.

import { showBytes } from '../../../time.ts';
import type { Cause } from '../finding.ts';
import { quotedEach } from '../log-story.ts';
import { said, seen } from '../reading.ts';
import { rejoin, startIfSafe, whenLost } from '../remedy.ts';
import { troubles } from '../trouble.ts';
import { aboutWal } from './wal-full.ts';

const least = 16 * 1024 * 1024;

export const dataFull: Cause = {
  name: 'data-full',
  summary: 'there is no room in the data directory',
  judge(node, cluster) {
    const survey = seen(node);
    if (survey?.data !== 'full') return undefined;
    const lines = troubles(node).filter(({ message, text }) => message?.name === 'no-space' && !aboutWal.test(text));
    // Where both lie on one file system, want of room for WAL is the graver word for the same thing.
    const short = survey.free.data < least && survey.free.wal >= least;
    if (lines.length === 0 && !short) return undefined;
    const { data } = node.site.postgres;
    return {
      node: node.node,
      cause: 'data-full',
      certainty: short ? 'sure' : 'likely',
      words: 'There is no room on the file system of the data directory: writes fail, and a start may.',
      evidence: [
        { on: node.node, file: data, text: `${showBytes(survey.free.data)} are free on its file system` },
        ...quotedEach(node, [lines.at(-1)]),
      ],
      ...(said(node) ? { seriousness: 'danger', first: [], book: null, loses: null } : whenLost(node, cluster, rejoin)),
      byHand: [
        `on ${node.node}: make room on the file system of ${data}: grow it, or remove what is not PostgreSQL's`,
        ...(said(node) ? [] : startIfSafe(node, cluster)),
      ],
      wait: null,
    };
  },
};
