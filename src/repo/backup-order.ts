// Which backup is newer than which. Not by their clocks alone: those jump, and two backups may bear the same second. Pure.

import { compareInstants, type Instant } from '../time.ts';
import type { Backup } from './backup.ts';
import type { WalKept } from './wal-kept.ts';
import { wayTo } from './wal-path.ts';

/** A backup with the time that counts for its age: never before that of one which lies before it on its way. */
export interface Dated {
  readonly backup: Backup;
  readonly at: Instant;
}

/**
 * Oldest first. On one way the place in the WAL decides, which no clock can turn round; between branches the time does, then the
 * timeline, the place and the id, so that the order is always the same.
 */
export function inOrder(backups: readonly Backup[], wal: Pick<WalKept, 'histories'>): Dated[] {
  return backups
    .map(backup => ({
      backup,
      at: latest(
        backup,
        backups.filter(other => isBefore(other, backup, wal)),
      ),
    }))
    .sort(
      (a, b) =>
        compareInstants(a.at, b.at) ||
        a.backup.stopTimeline - b.backup.stopTimeline ||
        (a.backup.stop < b.backup.stop ? -1 : a.backup.stop > b.backup.stop ? 1 : a.backup.id < b.backup.id ? -1 : 1),
    );
}

const latest = (backup: Backup, before: readonly Backup[]): Instant =>
  before.reduce((at, other) => (compareInstants(other.stopped, at) > 0 ? other.stopped : at), backup.stopped);

function isBefore(other: Backup, backup: Backup, wal: Pick<WalKept, 'histories'>): boolean {
  if (other === backup || other.stop > backup.stop) return false;
  const from = { timeline: other.stopTimeline, start: other.start, stop: other.stop };
  return other.stop < backup.stop && wayTo(wal, from, backup.stopTimeline).is === 'way';
}
