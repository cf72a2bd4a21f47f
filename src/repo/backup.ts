// What a backup is, as it is remembered: the summary, its files, and where each block of them lies.

import type { Lsn } from '../postgres/lsn.ts';
import type { Timeline } from '../postgres/timeline.ts';
import type { Bytes, Instant } from '../time.ts';
import type { BackupId } from './layout.ts';

/** Blocks of a file begin at multiples of this many bytes; the last one is as short as it is. */
export const blockSize = 1024 * 1024;

/** A base backup that is over. It exists when its summary does; a failed one is kept for inspection and never offered for a restore. */
export interface Backup {
  readonly format: 1;
  readonly id: BackupId;
  readonly cluster: string;
  readonly label: string;
  readonly status: 'ok' | 'failed';
  /** Why it failed: page checksums, as the server told them. */
  readonly damaged: string | null;
  readonly systemId: string;
  /** `15.18`. */
  readonly version: string;
  readonly segmentSize: number;
  /** The node that it was taken from, and what that was at the time. */
  readonly from: string;
  readonly role: 'primary' | 'standby';
  readonly started: Instant;
  readonly stopped: Instant;
  /** Of the redo record: restoring begins here. */
  readonly timeline: Timeline;
  readonly start: Lsn;
  /** A restore is consistent only after all WAL up to here was replayed. */
  readonly stop: Lsn;
  readonly stopTimeline: Timeline;
  /** What the files hold, and what the backup added to the repository. */
  readonly size: Bytes;
  readonly added: Bytes;
  readonly files: number;
  readonly blocks: { readonly all: number; readonly stored: number; readonly patched: number; readonly same: number };
  readonly tablespaces: readonly { readonly oid: string; readonly name: string | null; readonly location: string }[];
  /** Every pack that a block of it lies in, its own and earlier ones, by its name in the store. Numbers in {@link BlockPlace} count in this list. */
  readonly packs: readonly string[];
}

/** Where the bytes of a block lie: a frame in a pack (see frame.ts). */
export interface BlockPlace {
  /** Index into {@link Backup.packs}. */
  readonly pack: number;
  readonly offset: number;
  readonly length: number;
}

/** A block: whole, or as an earlier whole block whose changed pages are in a patch (see patch.ts). Never a patch of a patch. */
export interface Block {
  /** Of the raw bytes, SHA-256. */
  readonly hash: Buffer;
  readonly whole: BlockPlace;
  readonly patch: BlockPlace | null;
}

/** One entry of the data directory or of a tablespace, as the tar stream brought it. */
export interface BackupFile {
  /** From the data directory on, with `/` between: `base/5/1259`, `pg_tblspc/16384/PG_15_202209061/5/16390`. Bytes that are not UTF-8 as latin1, with `encoded` set. */
  readonly path: string;
  readonly encoded: boolean;
  readonly kind: 'file' | 'directory' | 'link';
  /** Where a link points to. */
  readonly target: string | null;
  readonly size: Bytes;
  /** Permission bits. */
  readonly mode: number;
  /** Seconds since 1970, as tar has it. */
  readonly modified: number;
  readonly blocks: readonly Block[];
}
