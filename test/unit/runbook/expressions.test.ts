// What may stand inside `${{ … }}`, and what it is worth.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StepId } from '../../../src/runbook/book-types.ts';
import { evaluate, freeze } from '../../../src/runbook/evaluate.ts';
import { checkText, type Names } from '../../../src/runbook/expressions.ts';
import type { Scope } from '../../../src/runbook/scope.ts';
import { node } from './support.ts';

const scope: Scope = {
  params: { name: 'main', count: 3, fast: true, down_for: '30s', awkward: 'a$' },
  roles: { primary: node('node1'), 'new-primary': node('node2') },
  cluster: 'main',
  env: name => (name === 'SITE' ? 'Berlin' : undefined),
  nodes: (_role, fact) => (fact === 'timeline' ? 1 : undefined),
  steps: (id, output) =>
    id === 'last-transaction' ? `${id}.${output}` : { hole: `steps.${id}.${output}`, after: id as StepId },
};

describe('evaluate', () => {
  it.each([
    ['${{ params.count }}', 3],
    ['${{ params.count + 1 }}', 4],
    ['${{ params.fast }}', true],
    ['${{params.fast && params.count > 2}}', true],
    ["${{ params.count > 5 ? 'many' : 'few' }}", 'few'],
    ['${{ 7 / 2 }}', 3],
    ['${{ 0.5 + 1.0 }}', 1.5],
    ['${{ params.name }}-${{ params.count }}', 'main-3'],
    ['a ${{ cluster.name }} b', 'a main b'],
    ['${{ env.SITE }}', 'Berlin'],
    ['${{ roles.new-primary }}', 'node2'],
    ["${{ roles['new-primary'] }}", 'node2'],
    ['${{ nodes.primary.timeline + 1 }}', 2],
    ['${{ steps.last-transaction.time }}', 'last-transaction.time'],
    ['${{ params.down_for + "}}" }}', '30s}}'],
    ["${{ 'steps.not-a-name' }}", 'steps.not-a-name'],
    ['${{ "node" + string(params.count) }}', 'node3'],
    ["${{ params.name.matches('^m.*n$') }}", true],
    ["${{ params.name in ['main', 'other'] }}", true],
    ['$${{ params.name }}', '${{ params.name }}'],
    ['costs $5', 'costs $5'],
  ])('%s is %s', (text, value) => {
    expect(evaluate(text, scope)).toBe(value);
  });

  it('keeps a hole, alone or within a text', () => {
    expect(evaluate('${{ steps.promote.timeline }}', scope)).toEqual({
      hole: 'steps.promote.timeline',
      after: 'promote',
    });
    expect(evaluate('on ${{ steps.promote.timeline }} of ${{ cluster.name }}', scope)).toEqual({
      hole: 'on steps.promote.timeline of main',
      after: 'promote',
    });
  });

  it('goes through lists and mappings and leaves everything else alone', () => {
    expect(evaluate({ a: ['${{ params.count }}', null, 1.5], b: { c: false } }, scope)).toEqual({
      a: [3, null, 1.5],
      b: { c: false },
    });
  });

  it.each([
    ['${{ nodes.primary.received }}', 'primary does not say its received'],
    ['${{ env.NOWHERE }}', 'the environment variable NOWHERE is not set'],
    ['${{ 1 / 0 }}', 'the expression cannot be evaluated: division by zero'],
    ['${{ params.__proto__ }}', 'params.__proto__ is not known'],
    ['${{ params.constructor }}', 'params.constructor is not known'],
    ['${{ params["constructor"] }}', 'params.constructor is not known'],
    ['${{ process.exit(1) }}', 'unknown function "exit": process.exit(1)'],
    ['${{ params.name.constructor("x")() }}', /cannot be read|unknown function/],
  ])('%s is refused', (text, message) => {
    expect(() => evaluate(text, scope)).toThrow(message);
  });

  it('refuses a long text where a pattern is matched', () => {
    const long = { ...scope, params: { name: 'a'.repeat(301) } };
    expect(() => evaluate("${{ params.name.matches('^a*b') }}", long)).toThrow('too long to be matched');
  });
});

describe('freeze', () => {
  it('gives in the end what evaluating at once gives, whatever the parameters hold', () => {
    const piece = fc.oneof(
      fc.constantFrom('$', '{', '}', '${{ params.text }}', '${{ nodes.primary.timeline }}', '$${{', "'", ' '),
      fc.string({ maxLength: 3 }).filter(text => !text.includes('${{')),
    );
    fc.assert(
      fc.property(
        fc.array(piece),
        fc.oneof(fc.string(), fc.constantFrom('$', '${{ env.SITE }}', '$$', 'a$')),
        (parts, text) => {
          const own = { ...scope, params: { text } };
          const written = parts.join('');
          let atOnce: unknown;
          try {
            atOnce = evaluate(written, own);
          } catch {
            return;
          }
          expect(evaluate(freeze(written, own), own)).toEqual(atOnce);
        },
      ),
    );
  });
});

describe('checkText', () => {
  const names: Names = {
    params: {
      count: { type: 'int', description: undefined, default: 1, values: undefined },
      down_for: { type: 'duration', description: undefined, default: '1s', values: undefined },
    },
    roles: ['primary', 'new-primary'],
    earlier: ['last-transaction'],
    all: ['last-transaction', 'promote'],
    several: new Map([['rejoin', 'is done once for each node']]),
    twins: [],
    facts: ['timeline'],
  };

  it.each([
    ['${{ params.count }}', 'int'],
    ['${{ params.count > 1 }}', 'bool'],
    ['${{ params.count }} nodes', 'text'],
    ['${{ nodes.new-primary.timeline }}', 'any'],
    ['${{ 1.5 }}', 'number'],
  ])('%s gives %s', (text, type) => {
    expect(checkText(text, names)).toMatchObject({ mistakes: [], type });
  });

  it.each([
    ['${{ steps.rejoin.x }}', '"rejoin" is done once for each node: it has no outputs of its own', 'steps.rejoin.x'],
    ['${{ steps.promote.x }}', 'step "promote" has not run yet at this place', 'steps.promote.x'],
    ['${{ steps.last-transactoin.x }}', 'no step is named "last-transactoin"', 'steps.last-transactoin.x'],
    ['${{ cluster.size }}', 'a cluster has no "size"', 'cluster.size'],
    ['${{ cluster }}', '"cluster" is a group of values, not a value', 'cluster'],
    [
      '${{ steps.last-transaction }}',
      '"steps.last-transaction" is a group of values, not a value',
      'steps.last-transaction',
    ],
    ['${{ [1].map(x, x) }}', 'unknown function "map"', '[1].map(x, x)'],
    ['${{ {"a": 1} }}', 'an expression cannot build a mapping', '{"a": 1}'],
    ['${{ size(params.count) }}', "the types do not fit: no 'size(int)'", 'size(params.count)'],
    [
      '${{ params.down_for.matches(params.down_for) }}',
      'this pattern cannot be used: it must be written out, in quotes',
      'params.down_for.matches(params.down_for)',
    ],
  ])('%s is refused', (text, message, within) => {
    expect(checkText(text, names).mistakes).toMatchObject([{ message, within }]);
  });
});
