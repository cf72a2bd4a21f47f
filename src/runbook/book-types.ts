// A runbook on paper, after checking: its parameters, its steps, and the flat list that a run freezes.

import type { NodeName } from '../ports.ts';
import type { Duration } from '../time.ts';

declare const step: unique symbol;
/** The path of a step: `promote`, `rejoin-all[node3]/start`. */
export type StepId = string & { readonly [step]: 'step' };

/** A value that a step still to run will give; shown as "known after step N". */
export interface Hole {
  /** What is missing, as a person reads it: `steps.promote.timeline`, or a text with such names in it. */
  readonly hole: string;
  readonly after: StepId;
}

/** A statement about the world, as data. `on` is a role on paper and a node once bound. */
export interface Check {
  readonly check: string;
  readonly on: NodeName;
  readonly with: unknown;
}

export type OnFailure = 'stop' | 'continue' | 'undo';

/** One step of a flat list: no `each`, no nested book, every role bound to a node. `with` may still hold `${{ … }}`. */
export interface Step {
  readonly id: StepId;
  readonly title: string;
  readonly action: string;
  readonly with: unknown;
  /** Expression; the step is left out where it is false. */
  readonly if: string | undefined;
  readonly retry: number;
  /** For the step as a whole, its proof included. */
  readonly timeout: Duration | undefined;
  readonly onFailure: OnFailure;
  /** Must hold before, beside what the action itself needs. */
  readonly require: readonly unknown[];
  /** Must hold afterwards, beside what the action itself promises. */
  readonly expect: readonly unknown[];
  /** Where it stands, for messages. */
  readonly at: { readonly file: string; readonly line: number };
  /** Values of the parameters in whose scope the step was written (a nested book has its own). */
  readonly params: Readonly<Record<string, ParamValue>>;
  /** Roles of that book, bound. */
  readonly roles: Readonly<Record<string, NodeName>>;
}

/** As expressions see it: durations, sizes, LSNs and instants stay text. */
export type ParamValue = string | number | boolean;

export type ParamType = 'duration' | 'bytes' | 'timestamp' | 'lsn' | 'node' | 'int' | 'string' | 'bool' | 'enum';

export interface ParamDeclaration {
  readonly type: ParamType;
  readonly description: string | undefined;
  readonly default: ParamValue | undefined;
  /** For `enum`. */
  readonly values: readonly string[] | undefined;
}

export interface Runbook {
  readonly name: string;
  readonly title: string;
  readonly description: string | undefined;
  readonly roles: readonly string[];
  readonly params: Readonly<Record<string, ParamDeclaration>>;
  readonly steps: readonly WrittenStep[];
  readonly file: string;
  readonly text: string;
}

/** A step as written; `each` repeats it for several nodes, `action: runbook` stands for the steps of another book. */
export interface WrittenStep extends Omit<Step, 'id' | 'params' | 'roles' | 'timeout'> {
  readonly id: string;
  /** Text where it is an expression, to be known once the parameters are. */
  readonly timeout: Duration | string | undefined;
  /** `standbys`, `nodes`, or `others`: the step is repeated for each of them, the role `each` being that node. */
  readonly each: 'standbys' | 'nodes' | 'others' | undefined;
}
