// What lasts from act to act of a drill: the cluster, who writes to it, what is broken, and what was noted before.

import type { History } from '../lab/history.ts';
import type { AnyLabFault } from '../lab/faults/fault.ts';
import type { Lab, LabNode } from '../lab/lab.ts';
import type { Range } from '../lab/ledger.ts';
import type { Load } from '../lab/load.ts';
import type { Mistake } from '../lab/mistakes.ts';
import type { Writer } from '../lab/writer.ts';
import type { NodeName } from '../ports.ts';
import type { Act } from '../runbook/drill-types.ts';
import type { Answered } from './drill-answer.ts';
import type { Copy } from './drill-copy.ts';
import type { Terminal } from './terminal.ts';

export interface Stage {
  readonly terminal: Terminal;
  readonly lab: Lab;
  readonly writer: Writer;
  readonly load: Load;
  readonly say: (text: string) => void;
  readonly counts: Counts;
  /** Undefined in the copy of a rehearsal, of which there is no copy again. */
  readonly rehearse: Rehearse | undefined;
  /** What was broken and has not been healed yet. */
  broken: readonly Blow[];
  /** What there was when the last backup was taken; undefined where there is none. */
  backedUp: BackedUp | undefined;
  /** Of the act that last had a note: what it said. */
  noted: string | undefined;
  /** The tables just before the last fault. */
  tables: string | undefined;
  /** The last mistake, and everything that was written until it was noticed. */
  past: Past | undefined;
}

/** Carries the runbook of an act out on a copy. */
export type Rehearse = (stage: Stage, act: Act, primary: NodeName) => Promise<Carried>;

export interface Carried extends Answered {
  readonly copy?: Copy;
}

export interface BackedUp {
  /** Undefined where nobody asks for them. */
  readonly tables: string | undefined;
  /** Of the writer, by session. */
  readonly rows: ReadonlyMap<string, readonly Range[]>;
}

/** What costs time, and is done only where some act asks for it. */
export interface Counts {
  readonly backups: boolean;
  readonly tables: boolean;
}

/** What breaks, and where. */
export interface Blow {
  readonly fault: AnyLabFault;
  readonly node: LabNode;
}

export interface Past {
  readonly mistake: Mistake;
  readonly history: History;
}
