// The few doors through which an action or a check may ask about the world, so that forecasting is one decorator.

import type { NodeName, PathState, Sender, Where } from '../ports.ts';
import type { ControlData } from '../postgres/control-data.ts';
import type { Readiness } from '../postgres/isready.ts';
import type { Lsn } from '../postgres/lsn.ts';
import type { WalEnd } from '../postgres/waldump.ts';
import type { Recognised } from '../postgres/messages.ts';
import type { History } from '../postgres/timeline.ts';
import type { Chosen, Wish } from '../repo/choose.ts';
import type { NodePlaces, NodeRestore } from '../repo/keeping.ts';
import type { Lost, Present } from '../repo/lost.ts';
import type { Unreachable } from '../repo/unreachable.ts';
import type { Soundness } from '../repo/soundness.ts';
import type { WalKept } from '../repo/wal-kept.ts';
import type { Cluster, NodeSite } from '../runbook/inventory-types.ts';
import type { StepId } from '../runbook/book-types.ts';
import type { Duration, Instant } from '../time.ts';
import type { Dump } from './dump.ts';
import type { Fact, Facts, Known, Mark } from './facts.ts';

/** A line of the server log by its place, with the catalogue's name where it has one. */
export interface LoggedLine {
  readonly file: string;
  readonly offset: number;
  readonly text: string;
  readonly message: Recognised | undefined;
}

/** A primary as it was last seen from this machine. */
export interface Sighting {
  readonly at: Instant;
  readonly timeline: number;
  readonly lsn: Lsn;
  /** Bytes of WAL per second between the last two sightings; null where there was one. */
  readonly rate: number | null;
}

export interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One outside of the data directory. */
export interface Tablespace {
  readonly name: string;
  readonly location: string;
}

export interface Look {
  readonly cluster: Cluster;
  node(on: NodeName): NodeSite;
  now(): Instant;
  /** When the run (or this planning) began: names made from a date stay the same over midnight and resume. */
  readonly started: Instant;
  fact<F extends Fact>(on: NodeName, fact: F): Promise<Known<Facts[F]>>;
  /** The same, whatever steps are assumed while planning: as the plan finds it before its first one. */
  found<F extends Fact>(on: NodeName, fact: F): Promise<Known<Facts[F]>>;
  /** pg_isready of `of`, asked from `from`: a witness. */
  witness(of: NodeName, from: Where): Promise<Known<Readiness>>;
  path(on: NodeName, path: string): Promise<Known<PathState>>;
  files(on: NodeName, directory: string): Promise<Known<readonly string[]>>;
  senders(on: NodeName): Promise<Known<readonly Sender[]>>;
  rows(on: NodeName, sql: string, database?: string): Promise<Known<readonly (readonly string[])[]>>;
  /** As the node says, or else another one: they are the same on all, and no step makes or drops one, so that a plan knows them before its first step. */
  tablespaces(on: NodeName): Promise<Known<readonly Tablespace[]>>;
  /** The server log from the mark on: that of the step in hand, or of an earlier one. */
  log(on: NodeName, since?: StepId): Promise<Known<readonly LoggedLine[]>>;
  /** Where the WAL of a stopped server ends, as pg_waldump reads it from `start`: the beginning or the end of a record. */
  endOfWal(on: NodeName, timeline: number, start: Lsn): Promise<Known<WalEnd>>;
  /** pg_control of the data directory, whether the server runs or not. */
  control(on: NodeName): Promise<Known<ControlData | null>>;
  /** The history of a timeline from the node's own pg_wal or archive; timeline 1 has none and needs none. */
  history(on: NodeName, timeline: number): Promise<Known<History>>;
  /**
   * Where the last checkpoint before `before` begins, among the WAL that the directory still holds without a gap up to there;
   * null where there is none.
   */
  checkpointBefore(on: NodeName, directory: string, timeline: number, before: Lsn): Promise<Known<Lsn | null>>;
  /** The way back to a target through the repository of the cluster. Silent where the inventory names none. */
  way(wish: Wish): Promise<Known<Chosen | Unreachable>>;
  /** WAL that the repository keeps, now. */
  kept(): Promise<Known<WalKept>>;
  /** What of the present is gone after going to a target; undefined where no way leads there. */
  lost(wish: Wish, now: Present): Promise<Known<Lost | undefined>>;
  /** Whether the backup and the WAL that lead to a target can be read back; undefined where no way leads there. */
  sound(wish: Wish): Promise<Known<Soundness | undefined>>;
  /** What a restore onto a node would do once what lies there is moved away; undefined where no way leads to the target. `into`: other places of it than its own. */
  restore(on: NodeName, wish: Wish, into?: NodePlaces): Promise<Known<NodeRestore | undefined>>;
  /**
   * What a logical backup in that directory says of itself; null where there is none. One that is whole is changed by no op, and
   * so it is seen as it is now, whatever earlier steps do.
   */
  dump(on: NodeName, directory: string): Promise<Known<Dump | null>>;
  /** What a program prints that only reads, and its exit code; for what takes longer than a question. */
  read(on: NodeName, argv: readonly string[], within: Duration): Promise<Known<Printed>>;
  /** What this machine remembers of a node from an earlier look, where it has one. */
  lastSeen(on: NodeName): Sighting | undefined;
  /** The first beginning of the step in hand; before a step begins, now. */
  readonly mark: Mark | undefined;
  /** The first beginning of an earlier step; undefined where it has not begun. */
  markOf(step: StepId): Mark | undefined;
}
