// What `verify` found amiss: the object, the backups that it spoils, and the moments that cannot be reached any more.

import type { Instant } from '../time.ts';
import type { BackupId } from './layout.ts';
import type { Span } from './retain.ts';
import type { StoreName } from './store.ts';

export interface Finding {
  readonly object: StoreName;
  /** A fact about it. */
  readonly what: string;
  readonly missing: boolean;
  /** No backup and no WAL that is needed hangs on it. */
  readonly orphan: boolean;
  /** Oldest first. */
  readonly backups: readonly Spoiled[];
  /** With this thing alone gone; what other backups and WAL still lead to is not among it. */
  readonly lost: readonly LostSpan[];
  /** Where nothing is lost: why not. */
  readonly harmless: string | null;
}

export interface Spoiled {
  readonly id: BackupId;
  /** Blocks of it that cannot be had; null where it cannot be restored at all. */
  readonly blocks: number | null;
  /** Paths of files in which those lie, at most {@link pathsNamed}. */
  readonly files: readonly string[];
  readonly moreFiles: number;
}

export const pathsNamed = 5;

/** `to` is the first place that can be reached again, or where the WAL ended. */
export interface LostSpan extends Span {
  /** The last moment before it that can be reached, and the first one behind it or the last one in it; null where that is not known. */
  readonly after: Instant | null;
  readonly until: Instant | null;
}
