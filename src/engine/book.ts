// A runbook bound to a cluster: what planning and running are handed.

import type { Actions } from '../actions/action.ts';
import type { Check, Checks } from '../look/check.ts';
import { kindOf } from '../look/check.ts';
import type { NodeName } from '../ports.ts';
import type { Step } from '../runbook/book-types.ts';
import type { Cluster } from '../runbook/inventory-types.ts';

export interface BoundBook {
  readonly name: string;
  readonly title: string;
  /** The flat list. */
  readonly steps: readonly Step[];
  readonly roles: Readonly<Record<string, NodeName>>;
  /** Why a role fell to this node and no other, where there was a choice. */
  readonly reasons?: Readonly<Record<string, string>>;
  readonly cluster: Cluster;
  readonly inventory: string;
  readonly actions: Actions;
  readonly checks: Checks;
  /** Environment variables that expressions may read; never secrets. */
  readonly env: (name: string) => string | undefined;
}

export const wordsOf = (checks: Checks, check: Check): string => kindOf(checks, check).words(check.on, check.with);
