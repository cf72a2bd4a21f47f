// What a backup tells while it goes on, a line each.

import { showLsn } from '../postgres/lsn.ts';
import type { BackupNews, BackupProgress } from '../repo/backup-news.ts';
import type { ReceiveEvent } from '../repo/receive-events.ts';
import { showBytes } from '../time.ts';
import { bytesWords } from './byte-progress.ts';

/** Null for progress, which is redrawn or told now and then. */
export function backupNewsText(news: BackupNews): string | null {
  switch (news.is) {
    case 'cleared':
      return `cleared ${String(news.things)} things (${showBytes(news.bytes)}) that an unfinished or removed backup had left`;
    case 'unreadable':
      return `the list of files of backup ${news.backup} is damaged (${news.why}); all is stored anew`;
    case 'asked':
      return `backup ${news.id}${news.previous === null ? '' : `, upon ${news.previous}`}: waiting for a checkpoint`;
    case 'started':
      return `reading about ${showBytes(news.size)}; WAL from ${showLsn(news.lsn)} on timeline ${String(news.timeline)}`;
    case 'waiting-for-wal':
      return `waiting until the WAL up to ${showLsn(news.lsn)} is kept`;
    case 'progress':
      return null;
  }
}

/** `18 %  12 MB of 67 MB, 5 MB/s, 11 s left`. */
export const backupProgressText = ({ bytes, of, rate }: BackupProgress): string => bytesWords(bytes, of, rate);

/** What is wrong with the WAL that is received beside a backup; null for what goes its way. */
export function walTroubleText(event: ReceiveEvent): string | null {
  switch (event.e) {
    case 'gap':
      return `WAL from ${showLsn(event.from)} to ${showLsn(event.to)} on timeline ${String(event.timeline)} was never kept, and ${event.server} has no more of it`;
    case 'damaged':
      return `what was kept of ${event.name} is damaged; a copy lies in ${event.copy}`;
    case 'trouble':
      return `WAL of ${event.server}: ${event.what}`;
    case 'lost':
      return `WAL of ${event.server}: ${event.why}; trying again`;
    default:
      return null;
  }
}
