// What a run asks of the repository of its cluster, and what it does with it: the one port between the engine and what is kept.

import type { HostGuard, NodeName } from '../ports.ts';
import type { Bytes } from '../time.ts';
import type { Chosen, Wish } from './choose.ts';
import type { Lost, Present } from './lost.ts';
import type { RestorePlan } from './restore-plan.ts';
import type { RestoreWay } from './restore-way.ts';
import type { TellWritten } from './restore-target.ts';
import type { Soundness } from './soundness.ts';
import type { Unreachable } from './unreachable.ts';
import type { WalKept } from './wal-kept.ts';

/** Where a node has its cluster. */
export interface NodePlaces {
  readonly data: string;
  /** Null: `pg_wal` is a directory within `data`. */
  readonly wal: string | null;
  /** By the tablespace's name; one that is not named lies where it lay when the backup was taken, or in {@link spaces}. */
  readonly tablespaces: Readonly<Record<string, string>>;
  /** Beside a server that goes on nothing may lie where it lay: each tablespace in a directory of its own in this one. */
  readonly spaces: string | null;
  readonly bin: string;
  /** Where what lies there now is moved to. */
  readonly broken: string;
}

/** What a restore onto a node would do. */
export interface NodeRestore {
  readonly chosen: Chosen;
  /** Of places that are cleared before. */
  readonly plan: RestorePlan;
  /** The settings that recovery needs above the node's own configuration. */
  readonly lines: readonly string[];
  /** Directories of tablespaces on the node. */
  readonly spaces: readonly string[];
}

export interface Onto {
  readonly on: NodeName;
  readonly into: NodePlaces;
  readonly chosen: Chosen;
}

export interface RestoreOrder {
  readonly on: NodeName;
  readonly wish: Wish;
  readonly into: NodePlaces;
}

export interface Bringing {
  /** user@machine. */
  readonly owner: string;
  readonly tell: TellWritten;
  readonly stop: AbortSignal;
}

/** WAL files of a stopped server on their way into the repository. */
export interface Rescue {
  /** Of the names offered, those to be brought, in the order to bring them. */
  readonly wanted: readonly string[];
  /** `enough`: of what is wanted nothing that comes behind it can be WAL. */
  take(name: string, bytes: Buffer): Promise<'enough' | undefined>;
  /** The last one is settled: only now is all of it kept. */
  end(): Promise<Rescued>;
}

export interface Rescued {
  /** Whole segments and history files that were not kept before. */
  readonly brought: number;
  /** Names under which other bytes are kept: these lie in the quarantine. */
  readonly quarantined: readonly string[];
}

export interface Keeping {
  /** For messages: `/var/lib/lifeboat`. */
  readonly where: string;
  /** Exact; nothing is written. Throws a Fault where the repository cannot be opened, and Damage where it cannot be read. */
  way(wish: Wish): Promise<Chosen | Unreachable>;
  kept(): Promise<WalKept>;
  /** What of the present is gone after going there; undefined where no way leads there. */
  lost(wish: Wish, now: Present): Promise<Lost | undefined>;
  /** Whether the backup and its WAL can be read back. Read once in a process. */
  sound(chosen: Chosen): Promise<Soundness>;
  /** Looks at the node, and reads the list of the backup's files. */
  plan(onto: Onto): Promise<NodeRestore>;
  /**
   * Puts the backup and its WAL there, under this guard from the first change on. A second try goes on where the first one was.
   * Throws a Fault: `HeldBack` where the guard does not hold, `refused` where this is no longer the way, else `failed` or
   * `unreachable`; what is half done has no pg_control.
   */
  restore(order: RestoreOrder, way: RestoreWay, guard: HostGuard, how: Bringing): Promise<{ readonly written: Bytes }>;
  /** @param names of files in a stopped server's pg_wal */
  rescue(names: readonly string[], owner: string): Promise<Rescue>;
}
