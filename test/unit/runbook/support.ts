// A cluster of three nodes and the small catalogue, for the tests of the language.

import type { NodeName } from '../../../src/ports.ts';
import { readRunbook } from '../../../src/runbook/book.ts';
import type { Runbook, Step } from '../../../src/runbook/book-types.ts';
import { expand, type Expansion } from '../../../src/runbook/expand.ts';
import { readInventory } from '../../../src/runbook/inventory.ts';
import type { Cluster } from '../../../src/runbook/inventory-types.ts';
import { type Checked, problemsText } from '../../../src/runbook/problems.ts';
import type { Scope } from '../../../src/runbook/scope.ts';
import { catalogue } from '../../contract/bad-input/catalogue.ts';

export { catalogue };
export const node = (name: string): NodeName => name as NodeName;

/** The value, or the problems as the test's failure. */
export function good<T>(checked: Checked<T>): T {
  if (checked.ok) return checked.value;
  throw new Error(problemsText(checked.problems));
}
export const bad = (checked: Checked<unknown>): string =>
  checked.ok ? 'it was right' : problemsText(checked.problems);

export const cluster: Cluster = good(
  readInventory(
    `clusters:
  main:
    nodes:
      node1: { ssh: db1, postgres: { data: /d, bin: /bin } }
      node2: { ssh: db2, postgres: { data: /d, bin: /bin } }
      node3: { ssh: db3, postgres: { data: /d, bin: /bin } }
`,
    'lifeboat.yaml',
  ),
).clusters['main']!;

/** A book from its steps; `head` may hold roles and params. */
export const book = (steps: string, head = 'roles: [primary, standby]\n', name = 'tried'): Runbook =>
  good(readRunbook(`runbook: ${name}\ntitle: Tried out\n${head}steps:\n${steps}`, `${name}.yaml`, catalogue));

export const bindings = { primary: node('node1'), standby: node('node2') };

export const steps = (from: Runbook, how: Partial<Expansion> = {}): Step[] =>
  good(expand(from, { params: {}, bindings, cluster, books: () => undefined, ...how }));

export function scopeOf(step: Step, more: Partial<Scope> = {}): Scope {
  return {
    params: step.params,
    roles: step.roles,
    cluster: 'main',
    env: () => undefined,
    nodes: () => undefined,
    steps: () => undefined,
    ...more,
  };
}
