// What a backup tells while it goes on.

import type { Lsn } from '../postgres/lsn.ts';
import type { Timeline } from '../postgres/timeline.ts';
import type { Bytes, Duration } from '../time.ts';
import type { BackupId } from './layout.ts';

export interface WalPoint {
  readonly timeline: Timeline;
  readonly lsn: Lsn;
}

export type BackupNews =
  /** What an earlier backup left behind that did not come to its end. */
  | { readonly is: 'cleared'; readonly things: number; readonly bytes: Bytes }
  /** The list of files of the previous backup is damaged: all is stored anew. */
  | { readonly is: 'unreadable'; readonly backup: BackupId; readonly why: string }
  /** The server is asked; a checkpoint comes first, and a spread one may take minutes. */
  | { readonly is: 'asked'; readonly id: BackupId; readonly previous: BackupId | null }
  | ({ readonly is: 'started'; readonly size: Bytes } & WalPoint)
  | BackupProgress
  | ({ readonly is: 'waiting-for-wal' } & WalPoint);

export interface BackupProgress {
  readonly is: 'progress';
  readonly bytes: Bytes;
  /** As the server reckons before it begins. */
  readonly of: Bytes;
  /** Bytes per second since it started. */
  readonly rate: number;
  /** Null as long as it cannot be told. */
  readonly left: Duration | null;
}

export type TellBackup = (news: BackupNews) => void;
