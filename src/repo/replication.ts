// What PostgreSQL tells over the replication protocol, whatever its version and however it is reached (manual 55.4).

import type { Lsn } from '../postgres/lsn.ts';
import type { Timeline } from '../postgres/timeline.ts';
import type { Version } from '../postgres/version.ts';
import type { Bytes, Duration, Instant } from '../time.ts';

/** The SQLSTATE that a server's refusal came with; undefined where the error is another. */
export function sqlstateOf(error: unknown): string | undefined {
  const cause = error instanceof Error ? (error.cause as { readonly code?: unknown } | undefined) : undefined;
  return typeof cause?.code === 'string' && /^[0-9A-Z]{5}$/.test(cause.code) ? cause.code : undefined;
}

/** IDENTIFY_SYSTEM, and what else is asked at the beginning of every session. */
export interface ServerIdentity {
  readonly systemId: string;
  readonly timeline: Timeline;
  /** Flushed on a primary; on a standby the end of what was received or replayed. */
  readonly flushed: Lsn;
  readonly version: Version;
  /** Bytes: 16 MB unless initdb was told otherwise. */
  readonly segmentSize: number;
}

export interface Slot {
  readonly restartLsn: Lsn | null;
  /** Null before PostgreSQL 15 where only the restart LSN is told. */
  readonly restartTimeline: Timeline | null;
}

/**
 * A session with a walsender, one call at a time. Each call rejects with a Fault that names the node: `unreachable` where the connection cannot be had or breaks,
 * `refused` with the server's own message and SQLSTATE (see {@link sqlstateOf}) where it says no, after which the session goes on; or with what the sink threw, after which it is over.
 */
export interface Replication {
  identify(): Promise<ServerIdentity>;
  /** The raw bytes of the file: comments in it may be in any encoding. Undefined for timeline 1 and for one that the server does not know. */
  history(timeline: Timeline): Promise<Buffer | undefined>;
  /** Undefined where there is no such slot. PostgreSQL 13 and 14 have no READ_REPLICATION_SLOT: there it is asked over SQL. */
  slot(name: string): Promise<Slot | undefined>;
  /** With its WAL reserved at once, for else WAL may go before the first acknowledgement. No error where it is there already. A temporary one goes with the session, and with the first thing that the server refuses in it (walsender.c, WalSndErrorCleanup). */
  createSlot(name: string, temporary: boolean): Promise<void>;
  dropSlot(name: string): Promise<void>;
  baseBackup(options: BaseBackupOptions, sink: BackupSink): Promise<BackupEnd>;
  /** Streams until the timeline ends, the server leaves, or `stop` is raised; see {@link StreamEnd}. */
  stream(from: StreamFrom, sink: WalSink, stop: AbortSignal): Promise<StreamEnd>;
  /** At once, without farewell where the server does not listen. */
  close(): Promise<void>;
}

export interface BaseBackupOptions {
  readonly label: string;
  readonly checkpoint: 'fast' | 'spread';
  /** Bytes per second: MAX_RATE. */
  readonly rate?: Bytes | undefined;
  /** Of the server, before it goes over the link; PostgreSQL 15 and newer. */
  readonly serverCompression?: 'none' | 'gzip' | 'lz4' | 'zstd' | undefined;
}

/** What a base backup brings, in order: started, then for each archive its bytes, at last PostgreSQL's backup_manifest. The last archive is the data directory itself. */
export interface BackupSink {
  started(start: BackupStart): Promise<void> | void;
  /** A tar archive begins. `oid`: of the tablespace; null for the data directory. */
  archive(oid: string | null, location: string | null): Promise<void> | void;
  /** Bytes of the archive that began last. Other bytes lie there as soon as it returns; no call is made before its promise resolves, and a few MB at most are read ahead. Always a plain tar that ends with two blocks of zeros. Links to tablespaces are links in it. */
  data(chunk: Buffer): Promise<void> | void;
  /** Bytes of backup_manifest; the buffer is the sink's own from then on. */
  manifest(chunk: Buffer): Promise<void> | void;
}

export interface BackupStart {
  readonly lsn: Lsn;
  readonly timeline: Timeline;
  /** Estimated, for progress: all tablespaces together. */
  readonly size: Bytes;
  readonly tablespaces: readonly { readonly oid: string; readonly location: string; readonly size: Bytes }[];
}

export interface BackupEnd {
  /** All WAL before it is needed for a consistent restore. */
  readonly lsn: Lsn;
  readonly timeline: Timeline;
  /** Page checksum failures: reported after all data, as an ERROR (data_corrupted); the data is whole, and must never be trusted. */
  readonly damaged: string | null;
}

export interface StreamFrom {
  readonly timeline: Timeline;
  readonly lsn: Lsn;
  readonly slot?: string | undefined;
  /** How often the position is told unasked; 10 s in pg_receivewal. */
  readonly statusEvery: Duration;
}

export interface WalSink {
  /** WAL from `start` on; may cross the end of a segment. Other bytes lie there once it has resolved. One call at a time, of this and of `flush`; a few MB at most are read ahead, and keepalives are answered meanwhile. */
  wal(start: Lsn, chunk: Buffer): Promise<void>;
  /** Makes everything written durable and says how far that is; called at the beginning, whenever nothing more waits to be written (a commit may wait for it), after some MB where the WAL does not pause, where the server wants an answer, when the status is due, and at the end. Before anything was written in this session it says what is durable from before, or 0/0. */
  flush(): Promise<{ readonly written: Lsn; readonly flushed: Lsn }>;
  /** The primary's own position and clock, of each message. */
  heard?(walEnd: Lsn, at: Instant): void;
}

export type StreamEnd =
  /** The timeline is historic and at its end: what comes next, and where it forked off. */
  | { readonly is: 'timeline-end'; readonly next: Timeline; readonly at: Lsn }
  /** The server said that it is done (a clean shutdown). */
  | { readonly is: 'server-done' }
  /** `stop` was raised: everything received is flushed and told. */
  | { readonly is: 'stopped' }
  /** The connection broke. */
  | { readonly is: 'lost'; readonly why: string }
  /** The server does not stream from there; `sqlstate` 58P01: the segment has been removed. */
  | { readonly is: 'refused'; readonly sqlstate: string; readonly message: string };
