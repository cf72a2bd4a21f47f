// What can be done to a node of a lab, so that a drill has something to recover from.

import type { Static, TObject } from 'typebox';
import type { Lab, LabNode } from '../lab.ts';

/** A real misfortune on one node; everything about it is done from outside, as hardware and mistakes do it. */
export interface LabFault<S extends TObject = TObject> {
  readonly name: string;
  readonly summary: string;
  readonly params: S;
  /** Whom it befalls where no node is named; the primary where this is absent. */
  readonly befalls?: 'standby';
  /** As it stands in a drill. */
  readonly example: string;
  /** Returns once it has bitten. */
  break(lab: Lab, node: LabNode, params: Static<S>): Promise<void>;
  /**
   * Takes the cause away; a server that is down is started by whoever wants it back. Where a standby's data can no longer be
   * used, it is made anew and streams.
   */
  heal(lab: Lab, node: LabNode): Promise<void>;
}

/** Keeps the parameters' type while the list holds faults of many types. */
export function labFault<S extends TObject>(it: LabFault<S>): LabFault<S> {
  return it;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- parameters are checked against the fault's own schema before any call
export type AnyLabFault = LabFault<any>;
