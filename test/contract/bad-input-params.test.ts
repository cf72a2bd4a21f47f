// Mistakes in how a book is used: parameters and bindings. There is no text to point at, so the parameter is named.

import { describe, expect, it } from 'vitest';
import type { NodeName } from '../../src/ports.ts';
import { readRunbook } from '../../src/runbook/book.ts';
import type { ParamValue, Runbook } from '../../src/runbook/book-types.ts';
import { expand } from '../../src/runbook/expand.ts';
import { readInventory } from '../../src/runbook/inventory.ts';
import { problemsText } from '../../src/runbook/problems.ts';
import { catalogue } from './bad-input/catalogue.ts';

const inventory = readInventory(
  `clusters:
  main:
    nodes:
      node1: { ssh: db1, postgres: { data: /d, bin: /bin } }
      node2: { ssh: db2, postgres: { data: /d, bin: /bin } }
      node3: { ssh: db3, postgres: { data: /d, bin: /bin } }
`,
  'lifeboat.yaml',
);
const cluster = inventory.ok ? inventory.value.clusters['main']! : undefined;

function book(name: string, text: string): Runbook {
  const read = readRunbook(`runbook: ${name}\ntitle: A book\n${text}`, `${name}.yaml`, catalogue);
  if (!read.ok) throw new Error(problemsText(read.problems));
  return read.value;
}

const note = 'steps:\n  - id: note\n    action: note\n    with: { text: hello }\n';
const plain = book(
  'failover',
  `roles: [primary, standby]
params:
  down_for: { type: duration, default: 30s, description: How long it must have been silent }
  lsn: { type: lsn, default: 0/0 }
  until: { type: timestamp, default: '2026-11-21 16:45:04+09' }
  budget: { type: bytes, default: 0B }
  retries: { type: int, default: 3 }
  force: { type: bool, default: false }
  mode: { type: enum, values: [fast, slow], default: fast }
  target: { type: node, default: standby }
${note}`,
);
const needy = book(
  'restore',
  `params:\n  until: { type: timestamp, description: The moment before the mistake }\n${note}`,
);
const nesting = (inner: string): Runbook => book('outer', `roles: [primary]\nsteps:\n${inner}`);

interface Use {
  readonly book?: Runbook;
  readonly params?: Record<string, ParamValue>;
  readonly bind?: Record<string, string>;
}

const uses: Record<string, Use & { readonly said: string }> = {
  'a parameter that does not exist': {
    params: { down_fro: '1s' },
    said: '-p: runbook "failover" has no parameter "down_fro"\nHINT: did you mean "down_for"?',
  },
  'a duration without its unit': {
    params: { down_for: '30' },
    said: '-p: parameter "down_for" must be a duration, not "30" (How long it must have been silent)\nHINT: for example 30s',
  },
  'an LSN with a colon': {
    params: { lsn: '0:1A2B3C8' },
    said: '-p: parameter "lsn" must be an LSN, not "0:1A2B3C8"\nHINT: for example 0/1A2B3C8',
  },
  'a time without its zone': {
    params: { until: '2026-11-21 16:45:04' },
    said: '-p: parameter "until" must be a time with its zone, not "2026-11-21 16:45:04"\nHINT: for example 2026-11-21 16:45:04+09',
  },
  'a size in other units': {
    params: { budget: '12Mb' },
    said: '-p: parameter "budget" must be a size, not "12Mb"\nHINT: for example 16MB',
  },
  'a word for a number': {
    params: { retries: 'three' },
    said: '-p: parameter "retries" must be a whole number, not "three"\nHINT: for example 3',
  },
  'a fraction for a whole number': {
    params: { retries: '1.5' },
    said: '-p: parameter "retries" must be a whole number, not "1.5"\nHINT: for example 3',
  },
  'yes for true': {
    params: { force: 'yes' },
    said: '-p: parameter "force" must be true or false, not "yes"\nHINT: for example true',
  },
  'a value outside the enum': {
    params: { mode: 'fsat' },
    said: '-p: parameter "mode" must be one of its values, not "fsat"\nHINT: did you mean "fast"?',
  },
  'a node that does not exist': {
    params: { target: 'node9' },
    said: '-p: parameter "target": no role or node is named "node9"\nHINT: lifeboat status shows the nodes',
  },
  'an empty value': {
    params: { down_for: '' },
    said: '-p: parameter "down_for" must be a duration, not "" (How long it must have been silent)\nHINT: for example 30s',
  },
  'a required parameter left out': {
    book: needy,
    bind: {},
    said: `-p: parameter "until" is not given (The moment before the mistake)\nHINT: give it: -p until='2026-11-21 16:45:04+09'`,
  },
  'a role bound to nothing': {
    bind: { primary: 'node1' },
    said: 'failover.yaml: role "standby" of runbook "failover" is bound to no node\nHINT: name it: --bind standby=node1',
  },
  'a role bound to a node of another cluster': {
    bind: { primary: 'node1', standby: 'node7' },
    said: 'failover.yaml: role "standby" is bound to "node7", and cluster main has no such node\nHINT: its nodes: node1, node2, node3',
  },
  'two roles bound to one node': {
    bind: { primary: 'node1', standby: 'node1' },
    said: 'failover.yaml: roles "primary" and "standby" are both bound to node1\nHINT: bind one of them to another node: --bind standby=NODE',
  },
  'a nested book that does not exist': {
    book: nesting('  - id: in\n    action: runbook\n    with: { runbook: nowhere }\n'),
    bind: { primary: 'node1' },
    said: 'outer.yaml:5: step "in": no runbook is named "nowhere"\nHINT: lifeboat list shows the books',
  },
  'a book that nests itself': {
    book: nesting('  - id: in\n    action: runbook\n    with: { runbook: outer }\n'),
    bind: { primary: 'node1' },
    said: 'outer.yaml:5: runbook "outer" nests itself: outer → outer\nHINT: break the circle',
  },
  'a nested book with a role left open': {
    book: nesting('  - id: in\n    action: runbook\n    with: { runbook: failover }\n'),
    bind: { primary: 'node1' },
    said: 'outer.yaml:5: role "standby" of runbook "failover" is bound to no node (nested as in)\nHINT: name it: bind: { standby: … }',
  },
  'a nested book with a parameter of the wrong type': {
    book: nesting('  - id: in\n    action: runbook\n    with: { runbook: restore, params: { until: 30 } }\n'),
    bind: { primary: 'node1' },
    said: 'outer.yaml:5: parameter "until" must be a time with its zone, not the number 30 (The moment before the mistake)\nHINT: for example 2026-11-21 16:45:04+09',
  },
  'a nested book without a parameter it needs': {
    book: nesting('  - id: in\n    action: runbook\n    with: { runbook: restore }\n'),
    bind: { primary: 'node1' },
    said: `outer.yaml:5: parameter "until" is not given (The moment before the mistake)\nHINT: add to params: until: '2026-11-21 16:45:04+09'`,
  },
};

describe('how a book is used', () => {
  it.each(Object.entries(uses))('%s', (_name, { book: used = plain, params = {}, bind, said }) => {
    const books = (name: string): Runbook | undefined => [plain, needy, used].find(one => one.name === name);
    const bindings = (bind ?? { primary: 'node1', standby: 'node2' }) as Record<string, NodeName>;
    const expanded = expand(used, { params, bindings, cluster: cluster!, books });
    if (expanded.ok) throw new Error('it was taken for right');
    expect(problemsText(expanded.problems)).toBe(said);
  });
});
