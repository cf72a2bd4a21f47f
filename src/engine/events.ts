// The journal's events: everything a run said, did and found, in order; the state of a run is a fold over them.

import type { Verdict } from '../look/check.ts';
import type { Facts, Mark } from '../look/facts.ts';
import type { Loss } from '../look/loss.ts';
import type { ReadyOp } from '../ops.ts';
import type { HostGuard, NodeName } from '../ports.ts';
import type { Check, Step, StepId } from '../runbook/book-types.ts';
import type { Instant } from '../time.ts';
import type { Outcome } from './kinds/kind.ts';
import type { ShownPlan } from './planned.ts';

/** What the operator decided before the run; kept, so that resume decides the same. */
export interface RunOptions {
  readonly yes: boolean;
  /** `--accept-loss`: bytes, or `unknown`. */
  readonly acceptLoss: number | 'unknown' | null;
}

export interface Proof {
  readonly check: Check;
  readonly words: string;
  readonly verdict: Verdict;
}

export type EventBody =
  | {
      readonly e: 'run';
      readonly run: string;
      readonly by: string;
      readonly plan: ShownPlan;
      /** The flat list, frozen: nested books, `each`, params and roles are expanded once. */
      readonly steps: readonly Step[];
      readonly options: RunOptions;
      /** What the operator said of nodes that do not answer: from the first line on, for the plan rests on it. */
      readonly told: readonly { readonly on: NodeName; readonly facts: Partial<Facts> }[];
      readonly version: string;
    }
  | { readonly e: 'told'; readonly on: NodeName; readonly facts: Partial<Facts>; readonly by: string }
  | { readonly e: 'locked'; readonly on: readonly NodeName[]; readonly token: string }
  | { readonly e: 'step'; readonly step: StepId; readonly mark: Mark | null }
  | {
      readonly e: 'way';
      readonly step: StepId;
      readonly way: string;
      readonly why: string | null;
      readonly loss: Loss | null;
    }
  | { readonly e: 'left-out'; readonly step: StepId; readonly n: number; readonly why: string }
  | {
      readonly e: 'began';
      readonly step: StepId;
      readonly n: number;
      /** Name of the receipt on the host. */
      readonly job: string;
      readonly op: ReadyOp;
      readonly guard: HostGuard | null;
    }
  | { readonly e: 'token'; readonly step: StepId; readonly n: number; readonly xid: string }
  | {
      readonly e: 'ended';
      readonly step: StepId;
      readonly n: number;
      readonly outcome: Outcome;
      readonly settled: boolean;
    }
  | {
      readonly e: 'answered';
      readonly gate: 'commit';
      readonly loss: Loss | null;
      readonly answer: string;
      readonly by: string;
    }
  | { readonly e: 'proven'; readonly step: StepId; readonly proofs: readonly Proof[] }
  | {
      readonly e: 'done';
      readonly step: StepId;
      readonly is: 'done' | 'skipped' | 'failed';
      readonly why: string | null;
    }
  | {
      readonly e: 'undone';
      readonly step: StepId;
      readonly n: number;
      /** What took it back; an op can need several, and is taken back once all of them are done. */
      readonly words: string;
      readonly outcome: Outcome;
    }
  | { readonly e: 'resumed'; readonly by: string; readonly options: RunOptions }
  | { readonly e: 'end'; readonly exit: number; readonly why: string; readonly hint: string | null };

export type JournalEvent = EventBody & {
  readonly seq: number;
  readonly at: Instant;
  /** SHA-256 of the line before, so that a changed or missing line shows. */
  readonly prev: string;
};
