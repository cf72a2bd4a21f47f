// A drill after checking: a throw-away cluster, a load, and its acts: a fault, the runbook that answers it, and what must then be true.

import type { Bytes, Duration } from '../time.ts';
import type { ParamValue } from './book-types.ts';

/** One runbook and what must be true after it; before it perhaps something breaks. */
export interface Act {
  /** Undefined: that of the runbook. */
  readonly title: string | undefined;
  /** Which turn it is of an act that is repeated. */
  readonly turn: { readonly number: number; readonly of: number } | undefined;
  /** Takes away first what earlier acts broke. */
  readonly heal: boolean;
  /** The runbook takes a backup, and nobody writes while it runs. */
  readonly backup: boolean;
  /** A query that is asked just before the fault, with everybody but the writer at rest. */
  readonly note: string | undefined;
  /** Absent where the act is planned, such as a switchover. `on`: primary, standby or a node; undefined: whomever it befalls. */
  readonly fault:
    | { readonly fault: string; readonly on: string | undefined; readonly with: Readonly<Record<string, ParamValue>> }
    | undefined;
  /** How long the load goes on after the fault before the runbook begins. */
  readonly noticedAfter: Duration;
  /** Just before the last mistake: what the runbook is given to go back to. */
  readonly target: Target | undefined;
  readonly runbook: {
    readonly name: string;
    readonly params: Readonly<Record<string, ParamValue>>;
    /** As `--bind`: role → `primary`, `standby` or a node. */
    readonly bind: Readonly<Record<string, string>>;
    /** As `--accept-loss` and `--accept-unfenced`; a role or a node. */
    readonly acceptLoss: string | undefined;
    readonly acceptUnfenced: readonly string[];
    /** On a copy of the cluster, with a loss of its own. */
    readonly rehearse: boolean;
  };
  readonly proof: ActProof;
}

export interface Target {
  /** As `lifeboat wal find`, which must name the mistake; undefined: nobody looks for it. */
  readonly find:
    { readonly table?: string; readonly op?: 'truncate' | 'drop' | 'delete' | 'update' | 'insert' | 'any' } | undefined;
  readonly by: 'xid' | 'time' | 'lsn' | 'name';
  /** By time alone: so much before the mistake. */
  readonly early: Duration;
}

/** What is undefined is not asked for. */
export interface ActProof {
  /**
   * Rows acknowledged and not found afterwards: at most so many. `estimate`: no more than the estimate shown allows. `after-target`,
   * `after-backup`: none but those committed after it, and all of these.
   */
  readonly lost: number | 'estimate' | 'after-target' | 'after-backup';
  /** All tables but those of the writer are what they were just before the last fault, or when the backup was taken. */
  readonly tables: 'unchanged' | 'as-backed-up' | undefined;
  /** A table that must hold what the one of the mistake held just before it. */
  readonly rescued: string | undefined;
  /** A query that must say what the last note said. */
  readonly noted: string | undefined;
  /** pg_isready of the node that the fault hit must have been seen to go through these, in order. */
  readonly readiness: readonly ('accepting' | 'rejecting' | 'no-response')[];
  readonly timeline: {
    readonly before: number | undefined;
    readonly after: number | undefined;
    readonly raised: number | undefined;
  };
  readonly primary: string | undefined;
  /** Those that stream on the primary's timeline, all of them. */
  readonly standbys: readonly string[] | undefined;
  /** Base backups taken of any node during the act. */
  readonly baseBackups: number | undefined;
}

export interface Drill {
  readonly name: string;
  readonly title: string;
  readonly description: string | undefined;
  readonly topology: {
    readonly nodes: number;
    /** `synchronous_standby_names` on every node; `--synchronous` sets it too. */
    readonly synchronous: boolean;
    /** A base backup before the load, and all WAL kept from then on by a receiver; undefined: neither. */
    readonly repository: { readonly receiver: 'asynchronous' | 'synchronous' | 'none' } | undefined;
    /** Standbys that stream from another standby than from node1. */
    readonly upstream: Readonly<Record<string, string>>;
    /** Lines of postgresql.conf on every node. */
    readonly settings: Readonly<Record<string, string>>;
  };
  readonly load: {
    /** Sessions of the writer that counts what was acknowledged. */
    readonly writers: number;
    /** Clients of pgbench beside it; 0 for none. */
    readonly pgbench: number;
    /** How long the load runs before the fault. */
    readonly before: Duration;
    /** WAL that must be written since the last checkpoint before the fault, so that crash recovery takes a while. */
    readonly redo: Bytes;
    /** A session that commits in a loop inside the server (a DO block). */
    readonly loop: boolean;
  };
  /** One after the other, under the same writer; a drill of one fault and one runbook has one. */
  readonly acts: readonly Act[];
  readonly objective: { readonly rto: Duration | undefined; readonly rpo: Bytes | undefined };
  readonly file: string;
  readonly text: string;
}
