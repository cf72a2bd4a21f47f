// What may be known of a node, and how well it is known.

import type { LogPlace, NodeName } from '../ports.ts';
import type { Lsn } from '../postgres/lsn.ts';
import type { Readiness } from '../postgres/isready.ts';
import type { StepId } from '../runbook/book-types.ts';
import type { Bytes, Duration, Instant } from '../time.ts';

export type Role = 'primary' | 'standby' | 'down';

/** Facts about one node. Names are stable: expressions (`nodes.standby.timeline`), guards and the journal use them. */
export interface Facts {
  /** An SSH session was had. The only fact that is seen `false` rather than silent. */
  reachable: boolean;
  /** SHA256:… of the SSH host key. */
  hostKey: string;
  systemId: string;
  /** pg_isready of the node, asked on the node. */
  ready: Readiness;
  /** `down`: no process of the data directory is left. A server that runs and does not say its role is silent here. */
  role: Role;
  /** Processes of the data directory, orphaned backends included. */
  processes: number;
  /** `PID@START` of postmaster.pid, or `none`. */
  postmaster: string;
  /** Of a running server: over SQL. Of a stopped one: pg_control's, which a promotion right before the stop can outdate. */
  timeline: number;
  /** server_version_num, or that of the data directory. */
  version: number;
  /** pg_current_wal_lsn(); primaries only. */
  written: Lsn;
  /** pg_last_wal_receive_lsn(), or what was replayed where that is further: WAL that came through restore_command. */
  received: Lsn;
  replayed: Lsn;
  replayPaused: boolean;
  /** Commit time of the last transaction replayed; empty where none was. */
  lastTransaction: Instant | '';
  writable: boolean;
  /** `restore_command` in force. */
  restoreCommand: string;
  /** `synchronous_standby_names` in force. */
  synchronousStandbyNames: string;
  /** Why it must not start, as its fence says; empty where none stands. */
  fence: string;
  /** `HOST:PORT` of the server that its `primary_conninfo` names, several with commas; empty for none, and on a primary. */
  upstream: string;
  /** The application_name under which it appears at the server that it streams from. */
  replicationName: string;
  /** `recovery_min_apply_delay`: so much later than it receives WAL it replays it, on purpose. */
  replayDelay: Duration;
  /** A WAL receiver streams on it. */
  streaming: boolean;
  /** Bytes of the lost primary's WAL that it does not have. Only ever promised and asserted (check `caught-up`), never surveyed. */
  missing: Bytes;
}
export type Fact = keyof Facts;

/** What is believed of a node of which somebody says that it is off. */
export const off: Partial<Facts> = { processes: 0, role: 'down', ready: 'no-response', postmaster: 'none' };

export type Known<T> =
  /** The node said so. */
  | { readonly is: 'seen'; readonly value: T; readonly at: Instant }
  /** The operator said so in so many words; it stands in the journal. */
  | { readonly is: 'told'; readonly value: T; readonly by: string }
  /** While planning: an earlier step of the plan will have made it so. */
  | {
      readonly is: 'promised';
      readonly value: T;
      readonly by: StepId;
      /** The condition of a way of that step which does not make it so. */
      readonly unless?: string;
    }
  /** While planning: an earlier step may change it and does not say to what. Never a refusal. */
  | { readonly is: 'later'; readonly after: StepId }
  /** Asked, and no answer: counts as the worst. */
  | { readonly is: 'silent'; readonly why: string; readonly unreachable: boolean };

/** Facts that steps alter and checks assert, per node. */
export type NodeFacts = { readonly [F in Fact]?: Known<Facts[F]> };

/** The value where there is one, whoever vouches for it. */
export function valueOf<T>(known: Known<T>): T | undefined {
  return known.is === 'seen' || known.is === 'told' || known.is === 'promised' ? known.value : undefined;
}

/** Maps the value and keeps who vouches for it. */
export function mapKnown<T, U>(known: Known<T>, map: (value: T) => U): Known<U> {
  return known.is === 'later' || known.is === 'silent' ? known : { ...known, value: map(known.value) };
}

/** Where every log ends and what was seen when a step began for the first time; kept over resume and retry. */
export interface Mark {
  readonly at: Instant;
  readonly nodes: Readonly<Record<NodeName, NodeMark>>;
}
export interface NodeMark {
  readonly log: LogPlace | null;
  readonly timeline: number | null;
  readonly replayed: Lsn | null;
}
