// How a cluster stands, as data: what each node says of itself, and what its primary says of it.

import type { Role } from '../look/facts.ts';
import type { Readiness } from '../postgres/isready.ts';
import type { Lsn } from '../postgres/lsn.ts';
import type { Bytes, Duration, Instant } from '../time.ts';

export interface ClusterStatus {
  readonly cluster: string;
  readonly at: Instant;
  readonly nodes: readonly NodeStatus[];
  /** What became of fences that a promotion left owing: a sentence each. */
  readonly owed: readonly OwedFence[];
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
