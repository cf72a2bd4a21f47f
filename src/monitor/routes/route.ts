// A way back to a point of the past: what it takes, what it costs, and what to type. The shapes.

import type { Role } from '../../look/facts.ts';
import type { NodeName } from '../../ports.ts';
import type { Lsn } from '../../postgres/lsn.ts';
import type { Chosen } from '../../repo/choose.ts';
import type { Lost, Present } from '../../repo/lost.ts';
import type { Need } from '../../repo/restore-plan.ts';
import type { Target, TimelineWish } from '../../repo/target.ts';
import type { Unreachable } from '../../repo/unreachable.ts';
import type { TransactionEnd } from '../../repo/wal-kept.ts';
import type { NodeSite } from '../../runbook/inventory-types.ts';
import type { Duration, Instant } from '../../time.ts';
import type { Measured } from '../measured.ts';
import type { Prediction } from '../predict.ts';
import type { Room } from './room.ts';

/** From the one that touches least to the one that cannot be taken back. */
export const routeNames = ['as-it-is', 'delayed-standby', 'beside', 'one-table', 'moved-aside', 'delta'] as const;
export type RouteName = (typeof routeNames)[number];

export interface Route {
  readonly route: RouteName;
  /** The node that it is about, or `here` for this machine; null: none. */
  readonly on: string | null;
  readonly title: string;
  readonly reachable: boolean;
  /** Why it is not reachable: all there is. */
  readonly why: readonly string[];
  /** What of the present is lost; `unknown` where nobody can say how much. */
  readonly loses: Lost | 'nothing' | 'unknown';
  /** How it is taken back. */
  readonly undo: string;
  /** By file system. */
  readonly needs: readonly Need[];
  /** Null where there is nothing to do. */
  readonly time: Prediction | null;
  /** After so long it is too late. */
  readonly hurry: Duration | null;
  /** In the order in which they are to be typed. */
  readonly commands: readonly Command[];
  readonly notes: readonly string[];
}

/** A command line as it is typed. */
export interface Command {
  /** The node that it is typed on; null: this machine. */
  readonly on: NodeName | null;
  readonly line: string;
}

/** All that routes are judged by. */
export interface RouteEvidence {
  readonly at: Instant;
  readonly target: Target;
  readonly timeline: TimelineWish;
  readonly found: Chosen | Unreachable;
  /** Null where it is not known where the target lies. */
  readonly lost: Lost | null;
  /** The last transaction that ended before the one that the recovery ends before; null where that is not how it ends. */
  readonly before: TransactionEnd | null;
  readonly present: Present & {
    /** Null: no node says that it is. */
    readonly primary: NodeName | null;
    /** The next transaction that it will begin gets this number. */
    readonly nextXid: number | null;
  };
  readonly nodes: readonly NodeSeen[];
  /** The node that a restore in place would be on: the primary, or where it belongs. */
  readonly place: NodeName;
  readonly rooms: { readonly aside: RoomSeen; readonly delta: RoomSeen; readonly beside: RoomSeen };
  /** Directory of this machine for a restore beside. */
  readonly into: string;
  readonly table: string | null;
  readonly measured: readonly Measured[];
  /** What every command must be given to mean this cluster. */
  readonly options: readonly string[];
}

/** What it would need there; or why that cannot be said. */
export type RoomSeen = Room | { readonly silent: string };

export interface NodeSeen {
  readonly node: NodeName;
  readonly site: NodeSite;
  /** Null: it does not say. */
  readonly role: Role | null;
  readonly timeline: number | null;
  readonly received: Lsn | null;
  readonly replayed: Lsn | null;
  readonly paused: boolean;
  /** recovery_min_apply_delay. */
  readonly delay: Duration;
  /** Commit time of the last transaction that it replayed. */
  readonly lastTransaction: Instant | null;
}
