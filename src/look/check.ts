// A check is the only way to state something about the world: opaque data, with a kind that knows how it is tested.

import type { Static, TObject } from 'typebox';
import type { NodeName } from '../ports.ts';
import type { Check, StepId } from '../runbook/book-types.ts';
import type { Fact, Facts } from './facts.ts';
import type { Look } from './look.ts';

export type Verdict =
  | { readonly is: 'holds'; readonly found: string; readonly evidence?: readonly Evidence[] }
  | { readonly is: 'fails'; readonly expected: string; readonly found: string; readonly hint?: string }
  /** While planning: it hangs on something that `after` does. */
  | { readonly is: 'later'; readonly after: StepId }
  | { readonly is: 'silent'; readonly why: string; readonly unreachable: boolean; readonly hint?: string }
  /** The source cannot show it (a log that hides LOG lines): other facts decide. */
  | { readonly is: 'absent'; readonly why: string };

/** A log line that proves something, by its place. */
export interface Evidence {
  readonly message: string;
  readonly text: string;
  readonly file: string;
  readonly offset: number;
}

/** What a check says about a node's facts while it holds: a value, or that it is about this fact without fixing it. */
export type Forecast = { readonly [F in Fact]?: { readonly value: Facts[F] } | 'later' };

export interface CheckKind<S extends TObject = TObject> {
  readonly name: string;
  /** One sentence for `show` and the schema. */
  readonly summary: string;
  /** Parameters beside `check` and `on`. */
  readonly params: S;
  /** A YAML flow mapping as it stands in a book. */
  readonly example: string;
  /** `node2 role is primary`: what stands behind "then" in a plan. */
  words(on: NodeName, params: Static<S>): string;
  test(on: NodeName, params: Static<S>, look: Look): Promise<Verdict>;
  /** Its keys are what the check is about: a later promise about the same fact of the same node supersedes it. */
  forecast(params: Static<S>): Forecast;
}

/** Keeps the parameters' type while the list holds kinds of many types. */
export function checkKind<S extends TObject>(kind: CheckKind<S>): CheckKind<S> {
  return kind;
}

/** A kind whose parameters' type is forgotten: what the catalogue holds. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- parameters are checked against the kind's own schema before any call
export type AnyCheckKind = CheckKind<any>;
export type { Check };

/** The checks that exist, by name. */
export type Checks = ReadonlyMap<string, AnyCheckKind>;

export function kindOf(checks: Checks, check: Check): AnyCheckKind {
  const kind = checks.get(check.check);
  if (!kind) throw new Error(`no check is named "${check.check}"`);
  return kind;
}
