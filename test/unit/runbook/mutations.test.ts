// Whatever is done to a file, reading it ends with a value or with problems: never with an exception.

import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { actions } from '../../../src/actions/index.ts';
import { checks } from '../../../src/checks/index.ts';
import { faults } from '../../../src/lab/faults/index.ts';
import { readRunbook } from '../../../src/runbook/book.ts';
import type { Runbook } from '../../../src/runbook/book-types.ts';
import { readDrill } from '../../../src/runbook/drill.ts';
import { expand } from '../../../src/runbook/expand.ts';
import { readInventory } from '../../../src/runbook/inventory.ts';
import { type Checked, problemsText } from '../../../src/runbook/problems.ts';

import { stepChecks, stepCondition, stepParams } from '../../../src/runbook/step-values.ts';
import { cluster, node, scopeOf } from './support.ts';

const root = new URL('../../../', import.meta.url);
const catalogue = { actions, checks, faults };
const textsIn = (folder: string): string[] =>
  readdirSync(new URL(folder, root))
    .filter(file => file.endsWith('.yaml'))
    .map(file => readFileSync(new URL(`${folder}/${file}`, root), 'utf8'));

const site = `clusters:
  main:
    home: { primary: node1 }
    replication: { user: repuser, passfile: ~/.pgpass }
    objective: { rto: 60s, rpo: 0B }
    nodes:
      node1:
        ssh: { host: 172.16.3.101, user: postgres }
        postgres: { data: /disk1/data, wal: /disk2/pg_wal, bin: /usr/lib/postgresql/15/bin, port: 5432 }
      node2:
        ssh: db2
        postgres: { data: /disk1/data, bin: /usr/lib/postgresql/15/bin, password_env: PGPASSWORD }
`;

const odd = [
  '\t',
  '\u0000',
  '\uFEFF',
  '\u2028',
  '🛟',
  '\uD800',
  'ﬀ',
  '${{',
  '}}',
  '$${{',
  '&a',
  '*a',
  '!!',
  '|',
  '>',
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  '"',
  "'",
  '#',
  '---',
  '__proto__',
  'constructor',
  '<<',
  '~',
  '-',
  '\uE000',
  '%',
  '\r',
];
const oneOdd = fc.constantFrom(...odd);

/** One change to a text. */
const change = fc.oneof(
  fc.tuple(fc.constant('drop' as const), fc.nat(), oneOdd),
  fc.tuple(fc.constant('double' as const), fc.nat(), oneOdd),
  fc.tuple(fc.constant('insert' as const), fc.nat(), oneOdd),
  fc.tuple(fc.constant('replace' as const), fc.nat(), oneOdd),
  fc.tuple(fc.constant('cut' as const), fc.nat(), oneOdd),
  fc.tuple(fc.constant('swap' as const), fc.nat(), oneOdd),
  fc.tuple(fc.constant('value' as const), fc.nat(), fc.oneof(oneOdd, fc.string(), fc.json({ maxDepth: 3 }))),
  fc.tuple(fc.constant('indent' as const), fc.nat(), oneOdd),
  fc.tuple(fc.constant('deep' as const), fc.nat({ max: 3000 }), fc.constantFrom('[', '{a: ', '- ', '(')),
);

function changed(text: string, [how, at, what]: readonly [string, number, string]): string {
  const lines = text.split('\n');
  const line = at % lines.length;
  const place = at % (text.length + 1);
  switch (how) {
    case 'drop':
      return lines.toSpliced(line, 1).join('\n');
    case 'double':
      return lines.toSpliced(line, 0, lines[line]!).join('\n');
    case 'insert':
      return text.slice(0, place) + what + text.slice(place);
    case 'replace':
      return text.slice(0, place) + what + text.slice(place + 1);
    case 'cut':
      return text.slice(0, place);
    case 'swap': {
      const next = (line + 1) % lines.length;
      return lines.with(line, lines[next]!).with(next, lines[line]!).join('\n');
    }
    case 'value':
      return lines
        .with(
          line,
          lines[line]!.replace(/: .*$/, () => `: ${what}`),
        )
        .join('\n');
    case 'indent':
      return lines.with(line, `  ${lines[line]!}`).join('\n');
    default:
      return lines
        .with(
          line,
          lines[line]!.replace(/:.*$/, () => `: ${what.repeat(at)}`),
        )
        .join('\n');
  }
}

/** A book that is right goes all the way to the parameters of its actions. */
function planned(checked: Checked<Runbook>): Checked<unknown> {
  if (!checked.ok) return checked;
  const bound = Object.fromEntries(checked.value.roles.map((role, n) => [role, node(`node${n + 1}`)]));
  const list = expand(checked.value, { params: {}, bindings: bound, cluster, books: () => checked.value });
  for (const step of list.ok ? list.value : []) {
    const scope = scopeOf(step, { nodes: () => 1 });
    stepParams(step, actions.get(step.action)!.params, scope, checks);
    stepChecks(step, [...step.require, ...step.expect], scope, checks);
    stepCondition(step, scope);
  }
  return checked;
}

const kinds: Record<string, { texts: string[]; read: (text: string) => Checked<unknown> }> = {
  runbook: { texts: textsIn('runbooks'), read: text => planned(readRunbook(text, 'book.yaml', catalogue)) },
  drill: { texts: textsIn('runbooks/drills'), read: text => readDrill(text, 'drill.yaml', catalogue) },
  inventory: { texts: [site], read: text => readInventory(text, 'lifeboat.yaml') },
};

describe.each(Object.entries(kinds))('%s', (_kind, { texts, read }) => {
  it('is right as it ships', () => {
    for (const text of texts) {
      const checked = read(text);
      expect(checked.ok ? '' : problemsText(checked.problems)).toBe('');
    }
  });

  it('never throws, however it is mangled', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.array(change, { minLength: 1, maxLength: 4 }), (text, changes) => {
        const checked = read(changes.reduce(changed, text));
        if (checked.ok) return;
        expect(checked.problems.length).toBeGreaterThan(0);
        for (const { line, column, message } of checked.problems) {
          expect(line).toBeGreaterThan(0);
          expect(column).toBeGreaterThan(0);
          expect(message).not.toMatch(/undefined|\[object/);
        }
      }),
      { numRuns: Number(process.env['MUTATIONS'] ?? 150) },
    );
  });

  it('never throws over any text at all', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), text => {
        read(text);
      }),
      { numRuns: Number(process.env['MUTATIONS'] ?? 150) },
    );
  });
});
