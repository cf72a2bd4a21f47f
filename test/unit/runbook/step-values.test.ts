// What an action is handed when its step is planned: typed, bound, and holes only where text may have them.

import { describe, expect, it } from 'vitest';
import type { Hole, ParamValue, StepId } from '../../../src/runbook/book-types.ts';
import { stepChecks, stepCondition, stepParams } from '../../../src/runbook/step-values.ts';
import { bad, book, catalogue, good, node, scopeOf, steps } from './support.ts';

const { actions, checks } = catalogue;
const only = (text: string, head?: string): ReturnType<typeof steps>[number] => steps(book(text, head))[0]!;
const later = (what: string): Hole => ({ hole: what, after: 'promote' as StepId });
const params = (text: string, facts: Record<string, ParamValue | Hole> = {}): unknown => {
  const step = only(text);
  const scope = scopeOf(step, { nodes: (role, fact) => facts[`${role}.${fact}`] });
  const read = stepParams(step, actions.get(step.action)!.params, scope, checks, [node('node3')]);
  return read.ok ? read.value : bad(read);
};

describe('stepParams', () => {
  it('gives durations in milliseconds, sizes in bytes, LSNs as numbers, times as instants, roles as nodes', () => {
    expect(
      params(`  - id: recover
    action: recover
    with: { node: standby, at: '2013-09-24 16:45:04 +09', lsn: 0/1A2B3C8, budget: 1.5MB, inclusive: true }
`),
    ).toEqual({ node: 'node2', at: '2013-09-24T07:45:04Z', lsn: 0x1a2b3c8n, budget: 1572864, inclusive: true });
  });

  it('binds checks inside', () => {
    expect(
      params(
        '  - id: wait\n    action: wait\n    with: { until: { check: caught-up, on: standby, with: primary }, for: 1min }\n',
      ),
    ).toEqual({ until: { check: 'caught-up', on: 'node2', with: { with: 'node1' } }, for: 60000 });
  });

  it('writes out a number where text is wanted', () => {
    const argv = "argv: [/bin/echo, '${{ nodes.standby.timeline }}', 'of ${{ nodes.standby.timeline }}']";
    const text = `  - id: run\n    action: command\n    with: { node: standby, effect: reads, ${argv} }\n`;
    expect(params(text, { 'standby.timeline': 2 })).toMatchObject({ argv: ['/bin/echo', '2', 'of 2'] });
    expect(params(text, { 'standby.timeline': later('nodes.standby.timeline') })).toMatchObject({
      argv: [
        '/bin/echo',
        { hole: 'nodes.standby.timeline', after: 'promote' },
        { hole: 'of nodes.standby.timeline', after: 'promote' },
      ],
    });
  });

  it('takes a value for data, whatever is in it', () => {
    const text = `  - id: run\n    action: command\n    with: { node: standby, effect: reads, argv: ['\${{ nodes.standby.role }}'] }\n`;
    expect(params(text, { 'standby.role': '$(rm -rf /) ${{ env.HOME }}' })).toMatchObject({
      argv: ['$(rm -rf /) ${{ env.HOME }}'],
    });
  });

  it('says which value is not known yet where it must be', () => {
    const text = `  - id: recover\n    action: recover\n    with: { node: standby, lsn: '\${{ nodes.standby.received }}' }\n`;
    expect(params(text, { 'standby.received': '0/20' })).toMatchObject({ lsn: 0x20n });
    expect(params(text, { 'standby.received': later('nodes.standby.received') })).toBe(
      'tried.yaml:5: step "recover", with.lsn: "lsn" is an LSN, and ${{ nodes.standby.received }} is known only after step "promote"\nHINT: only a text can wait for a step',
    );
    expect(params(text)).toBe(
      'tried.yaml:5: step "recover": standby does not say its received\nHINT: it stands in ${{ nodes.standby.received }}',
    );
    expect(params(text, { 'standby.received': 'nowhere' })).toContain('"lsn" must be an LSN, not "nowhere"');
  });

  it('takes a node of the cluster beside the roles', () => {
    const step = { ...only('  - id: stop\n    action: stop\n    with: { node: primary }\n'), with: { node: 'node3' } };
    const schema = actions.get('stop')!.params;
    expect(good(stepParams(step, schema, scopeOf(step), checks, [node('node3')]))).toEqual({ node: 'node3' });
    expect(bad(stepParams(step, schema, scopeOf(step), checks))).toContain('no role or node is named "node3"');
  });

  it('finds the outputs of steps of its own book, dashes and all', () => {
    const note = `  - id: last-seen\n    action: note\n    with: { text: hello }\n  - id: note\n    action: note\n    with: { text: '\${{ steps.last-seen.lsn }}' }\n`;
    const asked: string[] = [];
    const step = { ...steps(book(note))[1]!, id: 'rejoin[node3]/note' as StepId };
    const scope = scopeOf(step, { steps: (id, output) => (asked.push(`${id} ${output}`), '0/1') });
    expect(good(stepParams(step, actions.get('note')!.params, scope, checks))).toEqual({ text: '0/1' });
    expect(asked).toEqual(['rejoin[node3]/last-seen lsn']);
  });
});

describe('stepChecks', () => {
  it('binds and types the checks of a step', () => {
    const step = only(
      `  - id: note\n    action: note\n    with: { text: hello }\n    expect: [{ check: timeline, on: standby, above: '\${{ nodes.standby.timeline }}' }]\n`,
    );
    expect(good(stepChecks(step, step.expect, scopeOf(step, { nodes: () => 1 }), checks))).toEqual([
      { check: 'timeline', on: 'node2', with: { above: 1 } },
    ]);
    expect(bad(stepChecks(step, step.expect, scopeOf(step, { nodes: () => 'x' }), checks))).toContain(
      '"above" must be a whole number, not "x"',
    );
  });
});

describe('stepCondition', () => {
  it.each([
    ['params.fast', true],
    ['${{ params.fast }}', true],
    ['${{ !params.fast || nodes.standby.timeline > 1 }}', false],
  ])('%s', (condition, expected) => {
    const step = only(
      `  - id: note\n    action: note\n    if: ${condition}\n    with: { text: hello }\n`,
      'roles: [primary, standby]\nparams:\n  fast: { type: bool, default: true }\n',
    );
    expect(good(stepCondition(step, scopeOf(step, { nodes: () => 1 })))).toBe(expected);
  });

  it('is a hole where it hangs on a step to come', () => {
    const step = only(
      `  - id: note\n    action: note\n    if: nodes.standby.timeline > 1\n    with: { text: hello }\n`,
    );
    const scope = scopeOf(step, { nodes: () => later('nodes.standby.timeline') });
    expect(good(stepCondition(step, scope))).toEqual(later('nodes.standby.timeline > 1'));
  });
});

describe('a step that is named by another', () => {
  const text = `  - { id: stop, action: stop, with: { node: standby } }
  - id: note
    action: note
    with: { text: done }
    expect: [{ check: log, on: standby, says: [redo-done], since: stop }]
`;
  const since = (step: ReturnType<typeof steps>[number], ids: readonly string[]): unknown => {
    const scope = scopeOf(step, { step: id => ids.find(one => one === id) as StepId | undefined });
    const read = stepChecks(step, step.expect, scope, checks);
    return read.ok ? read.value[0]?.with : bad(read);
  };

  it('is the one of the same nested book, for the same node', () => {
    const rejoin = book(text, 'roles: [standby]\n', 'rejoin');
    const outer = book(`  - { id: stop, action: stop, with: { node: primary } }
  - { id: rejoin-all, action: runbook, each: standbys, with: { runbook: rejoin, bind: { standby: each } } }
`);
    const list = steps(outer, { books: () => rejoin });
    const ids = list.map(({ id }) => id);
    expect(
      since(
        list.find(({ id }) => id === 'rejoin-all[node3]/note')!,
        ids,
      ),
    ).toEqual({
      says: ['redo-done'],
      since: 'rejoin-all[node3]/stop',
    });
  });

  it('is told where it is not among those before', () => {
    const step = steps(book(text))[1]!;
    expect(since(step, [])).toBe(
      'tried.yaml:6: step "note", checks.0.since: "since" must be an earlier step, not "stop"\nHINT: the id of a step that comes before this one',
    );
  });
});
