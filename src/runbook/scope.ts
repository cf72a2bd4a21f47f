// What the expressions of a step can see; whoever evaluates them brings it along.

import type { NodeName } from '../ports.ts';
import type { Hole, ParamValue, StepId } from './book-types.ts';

export interface Scope {
  readonly params: Readonly<Record<string, ParamValue>>;
  /** Role → the node that was chosen for it at the start. */
  readonly roles: Readonly<Record<string, NodeName>>;
  /** The cluster's name. */
  readonly cluster: string;
  /** An environment variable. They are kept in the journal, so none of them may be a secret. */
  readonly env: (name: string) => string | undefined;
  /** A fact of the node that has this role; LSNs, durations and instants as text. Undefined: nobody says. */
  readonly nodes: (role: string, fact: string) => ParamValue | Hole | undefined;
  /** An output of an earlier step, by the step's whole path. Undefined: the step was left out, or gave no such output. */
  readonly steps: (id: string, output: string) => ParamValue | Hole | undefined;
  /** An earlier step by its whole path, for a parameter that names one. */
  readonly step?: (id: string) => StepId | undefined;
}

export const isHole = (value: unknown): value is Hole =>
  typeof value === 'object' && value !== null && 'hole' in value && 'after' in value && Object.keys(value).length === 2;
