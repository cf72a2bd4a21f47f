// The file system of pg_wal is full: the server panics at the next segment, and cannot end its crash recovery.

import { showBytes } from '../../../time.ts';
import type { ClusterEvidence, NodeEvidence } from '../evidence.ts';
import type { Cause, Seen } from '../finding.ts';
import { quotedEach } from '../log-story.ts';
import { said, seen } from '../reading.ts';
import { rejoin, startIfSafe, whenLost } from '../remedy.ts';
import { troubles } from '../trouble.ts';

const segment = 16 * 1024 * 1024;

/** Words of a failed write that name the WAL area of any version. */
export const aboutWal = /pg_wal|pg_xlog|xlogtemp|log file [0-9A-F]/;

export const walFull: Cause = {
  name: 'wal-full',
  summary: 'there is no room for WAL',
  judge(node, cluster) {
    const survey = seen(node);
    if (survey?.data !== 'full') return undefined;
    const lines = troubles(node).filter(({ message, text }) => message?.name === 'no-space' && aboutWal.test(text));
    const short = survey.free.wal < (survey.control?.walSegmentSize ?? segment);
    if (lines.length === 0 && !short) return undefined;
    const serves = said(node) !== undefined;
    return {
      node: node.node,
      cause: 'wal-full',
      certainty: short ? 'sure' : 'likely',
      words: serves
        ? 'There is no room for the next WAL segment: PostgreSQL will end with a PANIC as soon as it needs one.'
        : short
          ? 'There is no room for WAL: PostgreSQL cannot end its crash recovery, and goes down each time it is started.'
          : 'There was no room for WAL when it went down. There is room again: started now it recovers by itself.',
      evidence: [...room(node), ...quotedEach(node, [lines[0], lines.length > 1 ? lines.at(-1) : undefined])],
      ...(serves ? living : whenLost(node, cluster, rejoin)),
      byHand: [...(short ? freeing(node, cluster) : []), ...(serves ? [] : startIfSafe(node, cluster))],
      wait: null,
    };
  },
};

const living = { seriousness: 'danger', first: [], book: null, loses: null } as const;

function room({ node, site, survey, disks }: NodeEvidence): Seen[] {
  if (!('free' in survey)) return [];
  const place = site.postgres.wal ?? `${site.postgres.data}/pg_wal`;
  const of = disks?.wal ? ` of ${showBytes(disks.wal.size)}` : '';
  return [
    { on: node, file: place, text: `${showBytes(survey.free.wal)}${of} are free on its file system` },
    ...(disks && disks.toArchive > 1
      ? [
          {
            on: node,
            file: `${place}/archive_status`,
            text: `${String(disks.toArchive)} segments wait for the archiver`,
          },
        ]
      : []),
  ];
}

/** What may be deleted, and what must never be. */
function freeing(node: NodeEvidence, _cluster: ClusterEvidence): string[] {
  const { wal, data } = node.site.postgres;
  return [
    `on ${node.node}: make room on the file system of ${wal ?? `${data}/pg_wal`}: grow it, or remove what is not PostgreSQL's; never delete a file in it by hand`,
    ...(node.disks && node.disks.toArchive > 1
      ? [`on ${node.node}: mend archive_command: the segments that wait for it are removed once they are archived`]
      : []),
    ...(node.server?.slots ?? [])
      .filter(({ active, held }) => !active && held !== null && held > segment)
      .map(
        ({ name, held }) =>
          `on ${node.node}: slot ${name} is used by nobody and keeps ${showBytes(held ?? (0 as never))} of WAL: drop it if nobody will come for it`,
      ),
  ];
}
