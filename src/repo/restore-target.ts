// A place that a backup is restored into: what is there, and the few things that a restore does to it.

import type { Bytes } from '../time.ts';
import type { BackupId } from './layout.ts';

/** Where a cluster shall lie. All paths are absolute, and links in them are followed. */
export interface Places {
  readonly data: string;
  /** What `pg_wal` shall link to; null: it is a directory within `data`, or stays the link that it is. */
  readonly wal: string | null;
  readonly tablespaces: readonly { readonly oid: string; readonly location: string }[];
  /** PostgreSQL's programs there, where they are known. */
  readonly bin: string | null;
}

/** Stands in a data directory from the first change until it is whole, and says what it shall become: a second try goes on from there. */
export interface Marker {
  readonly systemId: string;
  readonly backup: BackupId;
  readonly cluster: string;
  readonly tablespaces: readonly { readonly oid: string; readonly location: string }[];
}

/** Its name in the data directory. */
export const markerName = 'lifeboat_restore.json';
/** Kept back until all else is there, for no server starts without it. */
export const controlPath = 'global/pg_control';
/** Under this name meanwhile. */
export const heldControl = 'global/pg_control.restored';
/**
 * WAL for the recovery lies here. pg_verifybackup and pg_basebackup leave out all of `pg_wal`, and a server takes nothing in it for WAL of its own
 * that does not lie directly in it.
 */
export const walFolder = 'pg_wal/lifeboat';

export interface PlaceSeen {
  readonly path: string;
  readonly state: 'absent' | 'empty' | 'full' | 'no-directory';
  /** Whether we may write there, or into the directory that it would be made in. */
  readonly writable: boolean;
  /** Name or number; of the nearest directory that is there. */
  readonly owner: string;
  readonly free: Bytes;
  /** Where its file system is mounted: two places on one share what is free. */
  readonly mount: string;
}

export interface TargetSeen {
  /** Who acts there. */
  readonly user: string;
  /** Whom all shall belong to, where we are root: who owns what is there, or the user `postgres`; else null. */
  readonly owner: string | null;
  readonly data: PlaceSeen;
  readonly wal: PlaceSeen | null;
  /** In the order of {@link Places.tablespaces}; `of`: directories of a cluster in it, such as `PG_15_202209061`. */
  readonly tablespaces: readonly (PlaceSeen & { readonly clusters: readonly string[] })[];
  /** Content of PG_VERSION. */
  readonly version: string | null;
  /** From pg_control. */
  readonly systemId: string | null;
  readonly marker: Marker | null;
  /** Where pg_wal links to; null where it is a directory, or nothing. */
  readonly walLink: string | null;
  /** What is linked to in pg_tblspc, by oid. */
  readonly spaceLinks: ReadonlyMap<string, string>;
  /** Of the WAL that lies in {@link Places.wal}; null where there is none. */
  readonly walSystemId: string | null;
  /** Processes that work on one of the places. */
  readonly servers: readonly { readonly pid: number; readonly path: string }[];
  /** What `postgres --version` says; null where there is no such program. */
  readonly programs: string | null;
}

/** A file, directory or link as it shall be, its bytes in pieces of 1 MiB. */
export interface Entry {
  /** From the data directory on. */
  readonly path: string;
  /** Each char of `path` is one byte. */
  readonly encoded: boolean;
  readonly kind: 'file' | 'directory' | 'link';
  readonly target: string | null;
  readonly size: number;
  readonly mode: number;
  /** SHA-256 of each piece, so that what is there already need not be brought; null: it is always brought. */
  readonly hashes: readonly Buffer[] | null;
  /** Called once at most for each piece, several at a time. */
  piece(index: number): Promise<Buffer>;
}

/** Before the first byte: what makes a data directory of it, and keeps it from being started meanwhile. */
export interface Beginning {
  readonly marker: Marker;
  /** Of the data directory: 0700, or 0750 where the backup's files are open to the group. */
  readonly mode: number;
  /** As {@link TargetSeen.owner} says. */
  readonly owner: string | null;
  /** A name for the place within pg_wal where WAL that lay there before is moved: it may be the only copy. */
  readonly aside: string;
}

export interface Written {
  /** Bytes that were brought, and bytes that were there already. */
  readonly written: Bytes;
  readonly same: Bytes;
}

/** How far it is: bytes settled, whether brought or found to be there. */
export type TellWritten = (done: Written) => void;

/** Every call throws a Fault: `unreachable`, or `failed` with the place (no room, no right). */
export interface RestoreTarget {
  /** For messages: `/disk1/data`, `node2:/disk1/data`. */
  readonly where: string;
  look(): Promise<TargetSeen>;
  /** pg_control goes first; then directories, links and the marker. Resolves with where former WAL was moved, if there was any. */
  begin(how: Beginning): Promise<{ readonly aside: string | null }>;
  /** Brings each entry to what it shall be; directories come before what is in them. `delta`: pieces that are right already stay. */
  write(entries: AsyncIterable<Entry>, how: { readonly delta: boolean }, tell: TellWritten): Promise<Written>;
  /** Removes what is in the data directory and in the tablespaces' directories of this cluster, but not in `keep`; pg_wal is not looked into. How many. */
  prune(keep: ReadonlySet<string>): Promise<number>;
  /** All of it durable; then pg_control gets its name, and the marker goes. */
  finish(how: Pick<Beginning, 'owner'>): Promise<void>;
  close(): Promise<void>;
}
