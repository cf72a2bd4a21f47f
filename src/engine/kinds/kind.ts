// One kind of op: its words, its hands, what it alters and how an unknown outcome is settled.

import type { Fact } from '../../look/facts.ts';
import type { Look } from '../../look/look.ts';
import type { Checks } from '../../look/check.ts';
import type { Again, Do, OpName, ReadyOp } from '../../ops.ts';
import type { HostGuard, Person, Site } from '../../ports.ts';
import type { Keeping } from '../../repo/keeping.ts';
import type { Instant } from '../../time.ts';

export type Outcome =
  | { readonly is: 'done'; readonly outputs: Readonly<Record<string, string>> }
  | { readonly is: 'failed'; readonly found: string; readonly hint?: string }
  /** Held back by its guard on the host: nothing was done. */
  | { readonly is: 'refused'; readonly what: string; readonly expected: string; readonly found: string }
  /** It may have happened: to be settled by looking. */
  | { readonly is: 'unknown'; readonly why: string }
  /** Nothing was sent: the host does not answer. */
  | { readonly is: 'unreachable'; readonly why: string }
  /** Stopped by the operator, or cut off: before it had an effect, or `half` done, to be gone on with or taken back. */
  | { readonly is: 'interrupted'; readonly half?: true }
  /** A person must answer and there is none. */
  | { readonly is: 'waits'; readonly question: string };

/** What the hands say while they work. */
export type Progress =
  | { readonly is: 'bytes'; readonly bytes: number; readonly of: number }
  | { readonly is: 'output'; readonly text: string }
  | { readonly is: 'waiting'; readonly until: string; readonly found: string; readonly deadline: Instant };

/** Everything that performing one op needs. */
export interface Hand {
  readonly site: Site;
  /** The repository of the cluster, where it has one. */
  readonly keeping: Keeping | undefined;
  readonly checks: Checks;
  /** A new look, at this moment. */
  look(): Look;
  /** The last look, where nothing was done since. */
  still(): Look;
  readonly guard: HostGuard | null;
  readonly source: HostGuard | null;
  /** Names the receipt on the host. */
  readonly job: { readonly run: string; readonly op: string };
  /** Journals a transaction id before its statement runs. */
  token(xid: string): Promise<void>;
  tell(progress: Progress): void;
  readonly stop: AbortSignal;
  readonly person: Person | undefined;
  /** `--yes`. */
  readonly yes: boolean;
}

export type OpOf<K extends OpName> = ReadyOp & { readonly do: Extract<Do<never>, { op: K }> };

export interface OpKind<K extends OpName = OpName> {
  readonly name: K;
  /** What a plan shows: a word, then the exact command or words; further lines for further tries. */
  words(what: Extract<Do, { op: K }>): { readonly verb: string; readonly text: string; readonly note?: string };
  /** Facts of its node that it may change, where the op does not say. */
  readonly alters: readonly Fact[] | 'all';
  /** Whether it changes a server: then nothing is "below 10" any more. */
  readonly changes: boolean;
  readonly again: Again;
  /** Cut off, it may leave something behind: an undo has to clear that away. */
  readonly half?: true;
  perform(op: OpOf<K>, hand: Hand): Promise<Outcome>;
  /** What the host itself knows of an op whose answer was lost. */
  receipt?(op: OpOf<K>, hand: Hand, token: string | undefined): Promise<Outcome | 'running' | 'none'>;
}
