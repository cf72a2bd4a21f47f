// How a cluster stands, as data: what each node says of itself, and what its primary says of it.

import type { Role } from '../look/facts.ts';
import type { ProvenBook } from '../monitor/proven.ts';
import type { Readiness } from '../postgres/isready.ts';
import type { Lsn } from '../postgres/lsn.ts';
import type { Bytes, Duration, Instant } from '../time.ts';

export interface ClusterStatus {
  readonly cluster: string;
  readonly at: Instant;
  readonly nodes: readonly NodeStatus[];
  /** What became of fences that a promotion left owing: a sentence each. */
  readonly owed: readonly OwedFence[];
  /** Absent where no repository is configured. */
  readonly backup?: KeptStatus;
  /** Books that ran to a good end on data of this cluster, and restores; the newest first. */
  readonly proven: readonly ProvenBook[];
}

/** What is kept of the cluster, and what would be lost with its primary now. */
export interface KeptStatus {
  readonly repository: string;
  /** Why the repository does not say more. */
  readonly trouble: string | null;
  /** The newest that is OK. */
  readonly last: {
    readonly id: string;
    readonly taken: Instant;
    readonly age: Duration;
    readonly size: Bytes;
    /** WAL that is kept from its start on: what a restore of it to the end replays. */
    readonly replay: Bytes;
    /** When it was last proven to be what was put there, and how. */
    readonly proven: { readonly at: Instant; readonly how: string; readonly ok: boolean } | null;
  } | null;
  /** Who keeps the WAL as it is written. */
  readonly receiver: { readonly owner: string; readonly pid: number; readonly since: Instant } | null;
  /** Up to where WAL is kept, and when the last of it came. */
  readonly received: { readonly timeline: number; readonly lsn: Lsn; readonly at: Instant } | null;
  /** WAL that the primary has written and nobody else has; null where no primary says what it has written. */
  readonly exposure: {
    readonly bytes: Bytes;
    /** Since when, as far as that is known. */
    readonly time: Duration | null;
    /** Who has the most of it: `repository` or a standby; null: nobody has any. */
    readonly best: string | null;
  } | null;
}

export interface OwedFence {
  readonly node: string;
  /** `paid`: found so now, and not told again. */
  readonly is: 'owed' | 'paid' | 'second-primary';
  readonly words: string;
}

/** Null: not known, or there is no such thing on this node. */
export interface NodeStatus {
  readonly node: string;
  /** An SSH session was had. */
  readonly reachable: boolean;
  /** Why it, or its server, does not say more. */
  readonly why: string | null;
  readonly ready: Readiness | null;
  readonly role: Role | null;
  readonly timeline: number | null;
  /** Written on a primary, replayed on a standby. */
  readonly lsn: Lsn | null;
  /** Received on a standby. */
  readonly received: Lsn | null;
  /** What it has yet to replay of what the primary wrote. */
  readonly lagBytes: Bytes | null;
  /** The primary's replay_lag, or the age of the last transaction replayed while there is something to replay. */
  readonly lagTime: Duration | null;
  /** `sync`, `async`, `quorum`, `potential`: of the primary's pg_stat_replication. */
  readonly sync: string | null;
  /** Commit time of the last transaction replayed. */
  readonly lastTransaction: Instant | null;
  readonly replayPaused: boolean | null;
  /** Why its server must not start, where a fence stands in its data directory. */
  readonly fence: string | null;
  /** Which run holds the cluster's lock there. */
  readonly lock: string | null;
}
