// Everything that may be done to the world: a closed union of data. An action cannot do what is not written here.

import type { NodeName, Where } from './ports.ts';
import type { Fact } from './look/facts.ts';
import type { NodePlaces } from './repo/keeping.ts';
import type { WishWords } from './repo/recovery-wish.ts';
import type { RestoreWay } from './repo/restore-way.ts';
import type { Check, Hole } from './runbook/book-types.ts';
import type { SecretRef } from './secret.ts';
import type { Duration } from './time.ts';

export type Text<H> = string | H;

export interface TryOf<H> {
  readonly argv: readonly Text<H>[];
  readonly within: Duration;
}

export interface StatementOf<H> {
  readonly text: Text<H>;
  readonly database?: string;
}

/** WAL from the segment named `first` to `last`, and history files. */
export interface WalRange<H> {
  readonly first: Text<H>;
  readonly last: Text<H>;
}

/** Plain ones. */
export interface NamedFiles {
  readonly names: readonly string[];
}

export type Do<H = Hole> =
  /** Programs on the node, each try in turn until one ends with 0. */
  | {
      readonly op: 'exec';
      readonly tries: readonly TryOf<H>[];
      readonly stdin?: Text<H>;
      /** Where it ends well this node is off: the site's own command vouches for that, as an operator would. */
      readonly vouches?: NodeName;
      /** What a plan shows in place of a shell text of many lines; paper and JSON have the text itself. */
      readonly as?: Text<H>;
      readonly secrets?: Readonly<Record<string, SecretRef>>;
    }
  /** Statements on the server, one after the other. `session`: they cannot run in a transaction block (ALTER SYSTEM), so the guard is a query before each on the same connection. */
  | { readonly op: 'sql'; readonly statements: readonly StatementOf<H>[]; readonly session: boolean }
  | { readonly op: 'put'; readonly path: string; readonly text: Text<H>; readonly mode: number }
  | { readonly op: 'move'; readonly from: string; readonly to: string }
  /** Files of another node's directory into a directory of this node; what is there already is replaced. */
  | {
      readonly op: 'carry';
      readonly from: NodeName;
      readonly source: string;
      readonly target: string;
      readonly files: WalRange<H> | NamedFiles;
    }
  /** WAL files of this stopped node's directory that the repository has not, into the repository. */
  | { readonly op: 'rescue'; readonly source: string; readonly into: string }
  /** A backup of the repository and the WAL of the way into the places of this node, which hold no cluster. */
  | { readonly op: 'restore'; readonly wish: WishWords; readonly way: RestoreWay | H; readonly into: NodePlaces }
  /** Until the check holds without a break for as long as `during`, asked every `every`; in vain as soon as `unless` holds. */
  | {
      readonly op: 'wait';
      readonly until: Check;
      readonly during: Duration;
      readonly every: Duration;
      readonly unless?: Check;
    }
  /** A person's answer; `typed`: nothing but this text counts. */
  | { readonly op: 'ask'; readonly text: Text<H>; readonly typed: string | null }
  /** Facts and words kept in the journal for the report. */
  | {
      readonly op: 'note';
      readonly text: Text<H>;
      readonly facts: readonly { readonly on: NodeName; readonly fact: Fact }[];
    };

export type OpName = Do['op'];

/** Facts that must be, at the moment of the op and on its host, what the shown plan saw or an earlier step promised. Host key and system identifier always are. */
export type GuardFact = 'role' | 'timeline' | 'postmaster';

/** `free`: changes nothing that would have to be taken back. `never`: there is no way back, so the commit point lies before its step. */
export type Undo<H = Hole> = 'free' | 'never' | readonly Op<H>[];

export interface Op<H = Hole> {
  readonly do: Do<H>;
  readonly on: Where;
  /** The longest that it may take; nothing of it is left running afterwards. */
  readonly within: Duration;
  /** Null for what changes nothing on a server. */
  readonly guard: readonly GuardFact[] | null;
  /**
   * The system identifier that its data directory must show at that moment, where an op before it in the same step changes that:
   * null for none (moved aside), another's (a base backup). As the shown plan saw it where absent.
   */
  readonly system?: string | null | H;
  /** The proof that it happened: where all hold it is not done (again). Empty: nothing but its receipt tells. */
  readonly done: readonly Check[];
  readonly undo: Undo<H>;
  /** Facts of its node that it may change; all that can change where absent. While planning they are "later" unless `done` or the step's promise says to what. */
  readonly alters?: readonly Fact[];
  /** `own`: of files it changes only the server's, in its data and WAL directories and its tablespaces. Any of the node where absent. */
  readonly files?: 'own';
  /** Why it is there, for the plan: a short clause. */
  readonly why?: string;
}

/** What the hands take: an unfilled hole does not compile. */
export type ReadyOp = Op<never>;

/** Whether doing it once more, after an unknown outcome, harms. */
export type Again = 'harmless' | 'only-if-not-done';
