// What a step can do: a function from parameters and a look to data. It has no way to act.

import type { Static, TObject } from 'typebox';
import type { Look } from '../look/look.ts';
import type { Loss } from '../look/loss.ts';
import type { Op } from '../ops.ts';
import type { Check, StepId } from '../runbook/book-types.ts';

/** What a step would do. */
export interface Steps {
  readonly ops: readonly Op[];
  /** Where an op is `never`. */
  readonly loss?: Loss;
  /** Why so little, or why this way: `already stopped`. */
  readonly why?: string;
}

/** How far back a way can be taken. */
export type Worst = 'free' | 'undoable' | 'never';

/** One of several ways, with its condition. */
export interface Branch {
  readonly when: string;
  readonly ops: readonly Op[];
  readonly worst: Worst;
  /** What this way promises in place of what the others do. */
  readonly promise?: readonly Check[];
}

/** Decided by facts that an earlier step has yet to make. The run takes one of those shown. */
export interface Branches {
  readonly after: StepId;
  readonly oneOf: Readonly<Record<string, Branch>>;
}

export interface Plan {
  /** Must hold before: fails or silent refuses, later is "must hold, known after step N". */
  readonly needs: readonly Check[];
  readonly do: Steps | Branches;
  /** Holds at the step's end, whichever way was taken, unless that one promises something else. */
  readonly promise: readonly Check[];
  /** Which of the ways of `oneOf` this is, once the facts are there. */
  readonly way?: string;
}

export const isBranches = (what: Steps | Branches): what is Branches => 'oneOf' in what;

export interface Action<S extends TObject = TObject> {
  readonly name: string;
  readonly summary: string;
  readonly params: S;
  /** The step as it stands in a book. */
  readonly example: string;
  plan(params: Static<S>, look: Look): Promise<Plan>;
}

/** Keeps the parameters' type while the list holds actions of many types. */
export function action<S extends TObject>(it: Action<S>): Action<S> {
  return it;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- parameters are checked against the action's own schema before any call
export type AnyAction = Action<any>;
export type Actions = ReadonlyMap<string, AnyAction>;
