// A book becomes a flat list once, at the start of a run.

import { describe, expect, it } from 'vitest';
import { book, bindings, cluster, node, steps } from './support.ts';
import { expand } from '../../../src/runbook/expand.ts';

describe('expand', () => {
  it('puts in what is known at the start, with its type, and leaves the rest', () => {
    const head =
      'roles: [primary, standby]\nparams:\n  down_for: { type: duration, default: 30s }\n  count: { type: int, default: 2 }\n';
    const [first, second] = steps(
      book(
        `  - id: recover
    title: On \${{ roles.standby }} of \${{ cluster.name }}
    action: recover
    with: { node: standby, workers: '\${{ params.count + 1 }}' }
    timeout: \${{ params.down_for }}
  - id: note
    action: note
    if: nodes.standby.timeline > 1
    with: { text: '\${{ params.down_for }} on \${{ roles.standby }}, timeline \${{ nodes.standby.timeline }}' }
`,
        head,
      ),
      { params: { down_for: '5s' } },
    );
    expect(first).toMatchObject({ title: 'On node2 of main', with: { node: 'standby', workers: 3 }, timeout: 5000 });
    expect(second?.with).toEqual({ text: '5s on node2, timeline ${{ nodes.standby.timeline }}' });
    expect(second?.if).toBe('nodes.standby.timeline > 1');
  });

  it('does not evaluate what a parameter holds', () => {
    const head = 'roles: [primary, standby]\nparams:\n  text: { type: string }\n';
    const [step] = steps(book(`  - id: note\n    action: note\n    with: { text: '\${{ params.text }}' }\n`, head), {
      params: { text: '${{ env.HOME }}' },
    });
    expect(step?.with).toEqual({ text: '$${{ env.HOME }}' });
  });

  it.each([
    ['nodes', ['stop[node1]', 'stop[node2]', 'stop[node3]']],
    ['standbys', ['stop[node2]', 'stop[node3]']],
    ['others', ['stop[node3]']],
  ])('repeats a step for each of the %s', (each, ids) => {
    const list = steps(book(`  - id: stop\n    action: stop\n    each: ${each}\n    with: { node: each }\n`));
    expect(list.map(({ id }) => id)).toEqual(ids);
    expect(list.map(({ roles }) => roles['each'])).toEqual(ids.map(id => /\[(.*)\]/.exec(id)?.[1]));
  });

  it('unrolls nested books, bound to the nodes of the step that nests them', () => {
    const rejoin = book(
      '  - id: stop\n    action: stop\n    with: { node: old }\n  - id: note\n    action: note\n    with: { text: "${{ params.why }}" }\n',
      'roles: [old]\nparams:\n  why: { type: string, default: none }\n',
      'rejoin',
    );
    const outer = book(`  - id: rejoin-all
    action: runbook
    each: standbys
    with: { runbook: rejoin, bind: { old: each }, params: { why: 'after \${{ roles.primary }}' } }
  - id: never
    action: runbook
    if: roles.primary == 'node2'
    with: { runbook: rejoin, bind: { old: primary } }
`);
    const list = steps(outer, { books: name => (name === 'rejoin' ? rejoin : undefined) });
    expect(list.map(({ id, roles }) => `${id} ${roles['old'] ?? ''}`)).toEqual([
      'rejoin-all[node2]/stop node2',
      'rejoin-all[node2]/note node2',
      'rejoin-all[node3]/stop node3',
      'rejoin-all[node3]/note node3',
    ]);
    expect(list[1]?.with).toEqual({ text: 'after node1' });
  });

  it('ends where books nest each other without end', () => {
    const text = (inner: string): string =>
      `  - { id: a, action: runbook, with: { runbook: ${inner} } }\n  - { id: b, action: runbook, with: { runbook: ${inner} } }\n`;
    const leaf = book('  - { id: note, action: note, with: { text: hello } }\n', '', 'level-12');
    const all = new Map([['level-12', leaf]]);
    for (let n = 11; n >= 0; n -= 1) all.set(`level-${n}`, book(text(`level-${n + 1}`), '', `level-${n}`));
    const expanded = expand(all.get('level-0')!, { params: {}, bindings, cluster, books: name => all.get(name) });
    expect(expanded).toMatchObject({ ok: false, problems: [{ message: 'the book expands to more than 1000 steps' }] });
  });

  it('freezes the environment where it is given', () => {
    const shown = book(`  - id: note\n    action: note\n    with: { text: 'at \${{ env.SITE }}' }\n`);
    expect(steps(shown)[0]?.with).toEqual({ text: 'at ${{ env.SITE }}' });
    expect(steps(shown, { env: () => 'Berlin' })[0]?.with).toEqual({ text: 'at Berlin' });
  });

  it('binds a parameter that names a role or a node', () => {
    const head = 'roles: [primary, standby]\nparams:\n  target: { type: node, default: standby }\n';
    const shown = book(`  - id: stop\n    action: stop\n    with: { node: '\${{ params.target }}' }\n`, head);
    expect(steps(shown)[0]?.with).toEqual({ node: node('node2') });
    expect(steps(shown, { params: { target: 'node3' } })[0]?.with).toEqual({ node: node('node3') });
  });
});
