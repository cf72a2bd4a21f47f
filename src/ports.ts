// Every way this program touches the world. Drivers implement these, nothing more; the engine knows only these.

import type { ControlData } from './postgres/control-data.ts';
import type { Readiness } from './postgres/isready.ts';
import type { LogEntry } from './postgres/log-line.ts';
import type { Lsn } from './postgres/lsn.ts';
import type { SecretRef } from './secret.ts';
import type { Bytes, Duration, Instant } from './time.ts';

declare const name: unique symbol;
/** The name of a node in the inventory. */
export type NodeName = string & { readonly [name]: 'node' };
/** A node, or the machine that Lifeboat itself runs on. */
export type Where = NodeName | 'here';

/** Asked, and no answer within the deadline: the worst must be assumed. `unreachable`: no SSH session could be had. */
export interface Silent {
  readonly silent: string;
  readonly unreachable: boolean;
  /** The next command to type, where there is one: to learn a host key, to load a key into the agent. */
  readonly hint?: string;
}
export const isSilent = (answer: object): answer is Silent => 'silent' in answer;

// ---- eyes --------------------------------------------------------------------------------------------------------

/** The server's log: where it ends now, so that a later reader begins there and yesterday's lines cannot pass for today's. */
export interface LogPlace {
  readonly file: string;
  readonly inode: number;
  /** Bytes from the beginning of the file. */
  readonly offset: number;
}

/** What the server itself says over SQL, in one query. */
export interface ServerSaid {
  readonly inRecovery: boolean;
  /** Of pg_walfile_name(pg_current_wal_lsn()) on a primary, of the WAL receiver or the last checkpoint on a standby. */
  readonly timeline: number;
  /** pg_current_wal_lsn() on a primary. */
  readonly written: Lsn | null;
  readonly received: Lsn | null;
  readonly replayed: Lsn | null;
  readonly replayPaused: boolean;
  /** pg_last_xact_replay_timestamp(): commit time of the last transaction replayed. */
  readonly lastTransaction: Instant | null;
  readonly systemId: string;
  /** server_version_num, e.g. 150018. */
  readonly version: number;
  /** transaction_read_only or default_transaction_read_only is on. */
  readonly readOnly: boolean;
  /** The WAL receiver: null where none runs. */
  readonly receiver: {
    readonly status: string;
    readonly timeline: number;
    readonly latestEnd: Lsn | null;
    readonly latestEndTime: Instant | null;
  } | null;
  /** pg_stat_replication, a row each. */
  readonly senders: readonly Sender[];
  /** The settings named in {@link surveyedSettings}. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface Sender {
  readonly application: string;
  readonly state: string;
  readonly sync: string;
  readonly address: string;
  readonly sent: Lsn | null;
  readonly replayed: Lsn | null;
  /** replay_lag. */
  readonly lag: Duration | null;
}

/** Settings that one look at a server brings along. */
export const surveyedSettings = [
  'restore_command',
  'synchronous_standby_names',
  'primary_conninfo',
  'cluster_name',
  'recovery_min_apply_delay',
  'archive_mode',
  'archive_command',
  'log_line_prefix',
  'log_destination',
  'log_min_messages',
  'wal_log_hints',
  'full_page_writes',
  'max_connections',
  'default_transaction_read_only',
] as const;

/** One look at one node: everything that its shell and its server tell, in one round trip each. */
export interface Survey {
  /** The node's own clock. */
  readonly at: Instant;
  /** SHA256:… of the host key of the connection that answered. */
  readonly hostKey: string;
  /** Processes whose working directory is the data directory: PostgreSQL's all are (a killed postmaster's backends too). */
  readonly processes: readonly { readonly pid: number; readonly state: string; readonly command: string }[];
  /** From postmaster.pid, where that process lives and belongs to this data directory. */
  readonly postmaster: { readonly pid: number; readonly started: number } | null;
  readonly data: PathState;
  /** Null where pg_controldata gave nothing readable. */
  readonly control: ControlData | null;
  readonly standbySignal: boolean;
  /** Why it must not start, where a fence stands in its data directory. */
  readonly fence: string | null;
  /** pg_isready of this node, asked on the node itself. */
  readonly ready: Readiness;
  readonly server: ServerSaid | Silent;
  readonly log: LogPlace | null;
  readonly walWritable: boolean;
  /** Free bytes on the file systems of the data directory and of pg_wal. */
  readonly free: { readonly data: Bytes; readonly wal: Bytes };
  readonly lock: LockSeen | null;
}

export type PathState = 'absent' | 'empty' | 'full';

/** Entries from a place on; `next` is where to go on. A rotated file is followed: the old one to its end, then the current one. */
export interface LogRead {
  readonly entries: readonly (LogEntry & { readonly file: string })[];
  readonly next: LogPlace;
}

// ---- hands -------------------------------------------------------------------------------------------------------

/** What must be true on the host at the very moment of an op; every field given is compared there, in the same shell or on the same SQL connection. */
export interface HostGuard {
  readonly hostKey: string;
  /** Null: the data directory must hold none (a machine still empty). */
  readonly systemId: string | null;
  readonly role?: 'primary' | 'standby' | 'down';
  readonly timeline?: number;
  /** `PID@START` as in postmaster.pid, or `none`. */
  readonly postmaster?: string;
  /** Token of the run's lock. Null only in a lab's own fault injection. */
  readonly lock: string | null;
}

/** Names the receipt of an op on its host: a second job of the same name finds the first one's. */
export interface JobId {
  readonly run: string;
  /** `fence.0`, `promote.1`, with `~2` for the second try: a path-safe name. */
  readonly op: string;
}

export type Task =
  /** Each try in turn, until one ends with 0; the deadline of each is kept on the host. `stdin` is fed to each try. */
  | {
      readonly task: 'argv';
      readonly tries: readonly Try[];
      readonly stdin?: string;
      readonly secrets?: Readonly<Record<string, SecretRef>>;
    }
  /** Writes beside the target, fsyncs, renames. */
  | { readonly task: 'put'; readonly path: string; readonly text: string; readonly mode: number }
  /** Renames; across file systems copies to `to.partial`, fsyncs, renames, then drops the source, space checked before. */
  | { readonly task: 'move'; readonly from: string; readonly to: string };

export interface Try {
  readonly argv: readonly string[];
  readonly within: Duration;
}

export interface Job {
  readonly id: JobId;
  readonly guard: HostGuard;
  readonly task: Task;
}

/** Output of a job while it runs, as it comes. What it writes to stderr comes while it runs only: all of that is in {@link Ran}. */
export type TellOutput = (output: string, stream: 'out' | 'err') => void;

export type Ran =
  /** `tried`: index of the last try. Output is capped in memory, whole on disk (`outputFile` of {@link Site}). */
  | {
      readonly is: 'ended';
      readonly code: number;
      readonly stdout: string;
      readonly stderr: string;
      readonly tried: number;
    }
  /** The guard held it back on the host: nothing was done. */
  | { readonly is: 'refused'; readonly what: string; readonly expected: string; readonly found: string }
  /** The connection broke, or the deadline passed here: it may have happened, or may go on. */
  | { readonly is: 'cut'; readonly why: string }
  /** No session could be had: nothing was sent. */
  | { readonly is: 'silent'; readonly why: string };

export type Receipt =
  { readonly is: 'none' } | { readonly is: 'running'; readonly pid: number } | Extract<Ran, { is: 'ended' }>;

export interface Statement {
  readonly text: string;
  readonly values?: readonly (string | null)[];
  readonly database?: string;
}

export type Answered =
  | {
      readonly is: 'rows';
      readonly rows: readonly (readonly string[])[];
      readonly columns: readonly string[];
      readonly notices: readonly string[];
    }
  | { readonly is: 'error'; readonly sqlstate: string; readonly message: string }
  | Extract<Ran, { is: 'refused' | 'cut' | 'silent' }>;

/** WAL files brought from one node's directory to another's. */
export interface Carry {
  readonly from: { readonly on: NodeName; readonly directory: string; readonly guard: HostGuard };
  readonly to: { readonly on: NodeName; readonly directory: string; readonly guard: HostGuard };
  /** Names of files, plain ones only. */
  readonly files: readonly string[];
}

/** Files brought from a node's directory to this machine. */
export interface Fetch {
  readonly from: { readonly on: NodeName; readonly directory: string; readonly guard: HostGuard };
  /** Names of files, plain ones only. */
  readonly files: readonly string[];
  /** Called with each of them, whole, in that order; the next one waits for it. After `enough` none is sent. */
  readonly take: (name: string, content: Buffer) => Promise<'enough' | undefined>;
  readonly tell: (progress: { readonly bytes: Bytes; readonly of: Bytes }) => void;
  readonly stop: AbortSignal;
}

/** One node: its eyes and its hands, over SSH or on this machine. Every call has a deadline and a dead host costs one of them. */
export interface Host {
  survey(within: Duration): Promise<Survey | Silent>;
  /** Read-only by server setting. */
  rows(statement: Statement, within: Duration): Promise<Answered>;
  path(path: string, within: Duration): Promise<PathState | Silent>;
  list(
    directory: string,
    within: Duration,
  ): Promise<readonly { readonly name: string; readonly size: Bytes }[] | Silent>;
  readLog(from: LogPlace, within: Duration): Promise<LogRead | Silent>;
  /** Runs a program that only reads, without guard or receipt. */
  read(argv: readonly string[], within: Duration): Promise<Ran>;
  /** pg_isready of another node, asked from here. */
  ping(target: { readonly host: string; readonly port: number }, within: Duration): Promise<Readiness | Silent>;

  /** To its end: what was begun on a server is never cut in the middle, by nobody's wish. The host keeps its deadlines. */
  run(job: Job, tell: TellOutput): Promise<Ran>;
  receipt(id: JobId): Promise<Receipt | Silent>;
  /** One statement under guard on one connection. `token` is journaled before the statement runs (its transaction id, where it has one). */
  sql(
    statement: Statement,
    guard: HostGuard,
    within: Duration,
    token: (xid: string) => Promise<void>,
  ): Promise<Answered>;

  lock(claim: LockClaim): Promise<LockAnswer | Silent>;
  /** Touches the lock while it is still ours. */
  heartbeat(token: string): Promise<boolean | Silent>;
  unlock(token: string): Promise<void>;
}

// ---- the lock ----------------------------------------------------------------------------------------------------

export interface LockClaim {
  readonly run: string;
  readonly token: string;
  /** user@machine, for whoever meets it. */
  readonly owner: string;
  readonly pid: number;
  readonly book: string;
  /** Token of a lock that may be replaced: a former process of the same run, or a stale one the operator gave up. */
  readonly replaces: string | null;
}
export interface LockSeen extends Omit<LockClaim, 'replaces'> {
  /** Since its last heartbeat, by the node's own clock. */
  readonly age: Duration;
}
export type LockAnswer = { readonly is: 'held' } | { readonly is: 'taken'; readonly by: LockSeen };

// ---- the rest of the world ---------------------------------------------------------------------------------------

export interface Clock {
  now(): Instant;
  /** Milliseconds from any beginning; never goes back. */
  ticks(): number;
  sleep(duration: Duration, stop?: AbortSignal): Promise<void>;
}

/** An append-only list of lines that survives the death of this process: `append` returns after fsync where asked. */
export interface Ledger {
  append(line: string, durable: boolean): Promise<void>;
  lines(): Promise<readonly string[]>;
}

/** A person at a terminal. Absent where there is none. */
export interface Person {
  /** The line typed, or null where the question was cancelled. */
  ask(question: string): Promise<string | null>;
}

/** Everything the engine may touch. */
export interface Site {
  host(on: NodeName): Host;
  /** pg_isready of a node, asked from this machine. */
  ping(on: NodeName, within: Duration): Promise<Readiness | Silent>;
  carry(
    carry: Carry,
    within: Duration,
    tell: (progress: { readonly bytes: Bytes; readonly of: Bytes }) => void,
    stop: AbortSignal,
  ): Promise<Ran>;
  /** Brings files here; no more of them than fit into memory at a time, which is one. */
  fetch(fetch: Fetch, within: Duration): Promise<Ran>;
  /** A command on this machine, for hooks and `command` with `on: here`. */
  run(job: Omit<Job, 'guard'>, tell: TellOutput): Promise<Ran>;
  readonly clock: Clock;
  /** Short random text of lower-case letters and digits. */
  random(): string;
  readonly owner: string;
  readonly pid: number;
  close(): Promise<void>;
}
