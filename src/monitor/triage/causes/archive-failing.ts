// WAL is not archived: point-in-time recovery ends where the archive does, and pg_wal fills up meanwhile.

import type { Cause } from '../finding.ts';
import { lastOf, quotedEach, thisBoot } from '../log-story.ts';
import { isPrimary, said } from '../reading.ts';

export const archiveFailing: Cause = {
  name: 'archive-failing',
  summary: 'archive_command fails',
  judge(node) {
    const archiver = node.server?.archiver;
    if (!isPrimary(node) || !archiver || archiver.lastFailedAt === null) return undefined;
    if (archiver.lastArchivedAt !== null && archiver.lastArchivedAt >= archiver.lastFailedAt) return undefined;
    const waiting = node.disks?.toArchive ?? 0;
    return {
      node: node.node,
      cause: 'archive-failing',
      seriousness: 'degraded',
      certainty: 'sure',
      words: `WAL is not archived: the last try, for ${archiver.lastFailed ?? 'a segment'}, failed. No point-in-time recovery reaches beyond the archive, and pg_wal grows until its disk is full.`,
      evidence: [
        {
          on: node.node,
          text: `pg_stat_archiver: failed at ${archiver.lastFailedAt}, last success ${archiver.lastArchivedAt ?? 'never'}`,
        },
        ...(waiting > 0 ? [{ on: node.node, text: `${String(waiting)} segments wait for the archiver` }] : []),
        ...quotedEach(node, [lastOf(thisBoot(node), ['archive-command-failed', 'archive-command-killed'])]),
        { on: node.node, text: `archive_command = ${said(node)?.settings['archive_command'] ?? ''}` },
      ],
      first: [],
      book: null,
      byHand: [
        `on ${node.node}: try archive_command by hand: the archive is full or out of reach, or holds a short copy of that segment, which must be moved aside`,
      ],
      loses: null,
      wait: null,
    };
  },
};
