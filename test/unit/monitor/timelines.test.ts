// The tree of timelines: forks, who is on which branch, WAL beyond a fork, and what is amiss; damaged files never end it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stoodOn, type Standing, type TimelineFacts, type WalPlace } from '../../../src/monitor/timeline-places.ts';
import { type Branch, timelineTree } from '../../../src/monitor/timelines.ts';
import type { NodeName } from '../../../src/ports.ts';
import { parseControlData } from '../../../src/postgres/control-data.ts';
import { lsn, type Lsn, parseLsn, showLsn } from '../../../src/postgres/lsn.ts';
import { lastSegmentName } from '../../../src/postgres/segment.ts';
import { historyFileName, timeline } from '../../../src/postgres/timeline.ts';
import type { Instant } from '../../../src/time.ts';
import { fixture } from '../postgres/fixture.ts';

const MB = 1024 ** 2;
const at = (text: string): Lsn => parseLsn(text) ?? lsn(0n);
const why = 'no recovery target specified';
/** `history([1, '0/3000000'])`: as PostgreSQL writes it. */
const history = (...steps: [number, string][]): string =>
  steps.map(([line, end]) => `${line}\t${end}\t${why}\n`).join('\n');

type Files = Readonly<Record<number | string, string>>;
function place(on: string, kind: WalPlace['kind'], files: Files, wal: Readonly<Record<number, string>> = {}): WalPlace {
  return {
    on: on as NodeName,
    kind,
    histories: Object.entries(files).map(([key, text]) => ({
      name: /^\d+$/.test(key) ? historyFileName(timeline(Number(key))) : key,
      text,
      at: '2026-11-21T03:12:44.000Z' as Instant,
    })),
    wal: Object.entries(wal).map(([key, end]) => {
      const line = timeline(Number(key));
      const last = lastSegmentName(line, at(end), 16 * MB);
      return { timeline: line, first: last, last };
    }),
  };
}
const stands = (node: string, role: Standing['role'], line: number, end: string | null): Standing => ({
  node: node as NodeName,
  role,
  timeline: timeline(line),
  end: end === null ? null : at(end),
});
const tree = (places: WalPlace[], nodes: Standing[], unseen: TimelineFacts['unseen'] = []) =>
  timelineTree({ places, nodes, unseen, segmentSize: 16 * MB });

/** `1(node1) > 2(node2 node3)`: the shape, children in brackets where there are several. */
function shape(branches: readonly Branch[]): string {
  return branches
    .map(({ name, on, children }) => {
      const rest =
        children.length === 0 ? '' : ` > ${children.length === 1 ? shape(children) : `[${shape(children)}]`}`;
      return `${name}(${on.map(({ node }) => node).join(' ')})${rest}`;
    })
    .join(', ');
}
const find = (branches: readonly Branch[], name: string): Branch | undefined =>
  branches.map(one => (one.name === name ? one : find(one.children, name))).find(one => one !== undefined);

const second = history([1, '0/3000148']);

describe('a cluster in order', () => {
  it('is one branch before the first promotion', () => {
    const found = tree(
      [place('node1', 'pg_wal', {}), place('node2', 'pg_wal', {})],
      [stands('node1', 'primary', 1, '0/3000148'), stands('node2', 'standby', 1, '0/3000148')],
    );
    expect(shape(found.roots)).toBe('1(node1 node2)');
    expect(found).toMatchObject({ current: '1', problems: [] });
  });

  it('tells the fork, when it began and who knows of it', () => {
    const found = tree(
      [place('node2', 'pg_wal', { 2: second }), place('node2', 'archive', { 2: second }), place('node1', 'pg_wal', {})],
      [stands('node1', 'down', 1, '0/3000148'), stands('node2', 'primary', 2, '0/4000000')],
    );
    expect(shape(found.roots)).toBe('1(node1) > 2(node2)');
    expect(find(found.roots, '2')).toMatchObject({
      fork: at('0/3000148'),
      reason: why,
      begun: '2026-11-21T03:12:44.000Z',
      files: ['node2 pg_wal', 'node2 archive'],
      current: true,
      // It ended exactly where the new timeline begins: it can follow.
      beyond: [],
    });
    expect(found.problems).toEqual([]);
  });

  it('timeline 10 is 0000000A in the file name and 10 for people', () => {
    const found = tree(
      [place('node1', 'pg_wal', { '0000000A.history': history([9, '0/3000148']) })],
      [stands('node1', 'primary', 10, '0/4000000')],
    );
    expect(shape(found.roots)).toBe('9() > 10(node1)');
    expect(find(found.roots, '10')?.timeline).toBe(10);
  });
});

describe('WAL beyond a fork', () => {
  const nodes = [stands('node2', 'primary', 2, '0/9000000'), stands('node1', 'down', 1, '0/3100148')];

  it('is told in bytes for the server that has it', () => {
    const found = tree([place('node2', 'pg_wal', { 2: second }), place('node1', 'pg_wal', {})], nodes);
    expect(find(found.roots, '2')?.beyond).toEqual([{ node: 'node1', in: 'server', bytes: MB }]);
  });

  it('in an archive counts from the segment behind the fork, for a clean stop archives the one it lies in', () => {
    const archive = (end: string) =>
      find(
        tree([place('node2', 'pg_wal', { 2: second }), place('node3', 'archive', {}, { 1: end })], [nodes[0]!]).roots,
        '2',
      )?.beyond;
    expect(archive('0/4000000')).toEqual([]);
    expect(archive('0/5000000')).toEqual([{ node: 'node3', in: 'archive', bytes: 16 * MB }]);
  });

  it('on the boundary of a segment the first segment behind the fork counts', () => {
    const found = tree(
      [place('node2', 'pg_wal', { 2: history([1, '0/3000000']) }), place('node1', 'archive', {}, { 1: '0/4000000' })],
      [nodes[0]!],
    );
    expect(find(found.roots, '2')?.beyond).toEqual([{ node: 'node1', in: 'archive', bytes: 16 * MB }]);
  });

  it('of a server whose end is not known nothing is said', () => {
    const found = tree([place('node2', 'pg_wal', { 2: second })], [nodes[0]!, stands('node1', 'down', 1, null)]);
    expect(find(found.roots, '2')?.beyond).toEqual([]);
  });
});

describe('what is amiss', () => {
  it('a promotion past everybody: two primaries, on timelines of their own', () => {
    const found = tree(
      [place('node1', 'pg_wal', {}), place('node2', 'pg_wal', { 2: second })],
      [stands('node1', 'primary', 1, '0/5000000'), stands('node2', 'primary', 2, '0/4000000')],
    );
    expect(found.current).toBeNull();
    expect(found.problems).toEqual([{ is: 'two-primaries', nodes: ['node1', 'node2'], same: null }]);
  });

  it('two primaries on one timeline of the same origin', () => {
    const places = ['node1', 'node2'].map(on => place(on, 'pg_wal', { 2: second }));
    const found = tree(places, [
      stands('node1', 'primary', 2, '0/5000000'),
      stands('node2', 'primary', 2, '0/4000000'),
    ]);
    expect(shape(found.roots)).toBe('1() > 2(node1 node2)');
    expect(found.problems).toEqual([{ is: 'two-primaries', nodes: ['node1', 'node2'], same: 2 }]);
  });

  it('the same number on two branches: each node is on its own', () => {
    const other = history([1, '0/3500000']);
    const found = tree(
      [place('node2', 'pg_wal', { 2: second }), place('node3', 'pg_wal', { 2: other })],
      [
        stands('node1', 'down', 1, '0/3000148'),
        stands('node2', 'primary', 2, '0/4000000'),
        stands('node3', 'down', 2, null),
      ],
    );
    expect(shape(found.roots)).toBe('1(node1) > [2a(node2), 2b(node3)]');
    expect(found.problems).toEqual([
      {
        is: 'same-number',
        timeline: 2,
        variants: [
          { name: '2a', fork: at('0/3000148'), places: ['node2 pg_wal'] },
          { name: '2b', fork: at('0/3500000'), places: ['node3 pg_wal'] },
        ],
      },
    ]);
  });

  it('a history file in an archive that belongs to nobody; whether a recovery would follow it', () => {
    const stray = (line: number) =>
      tree(
        [
          place('node2', 'pg_wal', { 3: history([1, '0/3000148']) }),
          place('node1', 'archive', { 3: history([1, '0/3000148']), [line]: history([1, '0/2000148']) }),
        ],
        [stands('node2', 'primary', 3, '0/4000000')],
      ).problems;
    const common = { is: 'stray', places: ['node1 archive'] };
    expect(stray(2)).toEqual([{ ...common, timeline: 2, file: '00000002.history', leads: false }]);
    expect(stray(4)).toEqual([{ ...common, timeline: 4, file: '00000004.history', leads: true }]);
  });

  it('damaged files are named, and the tree is made of the others', () => {
    const found = tree(
      [
        place('node2', 'pg_wal', { 2: second, 3: '', 4: '# nothing\n', 5: '1\t0/30', 'x.history': second }),
        place('node1', 'archive', { 2: `# copied by hand\n\n${second}`, 6: '\u0000\ufffd\u0007\n', 1: second }),
      ],
      [stands('node2', 'primary', 2, '0/4000000')],
    );
    expect(shape(found.roots)).toBe('1() > 2(node2)');
    expect(find(found.roots, '2')?.files).toEqual(['node2 pg_wal', 'node1 archive']);
    expect(found.problems.map(one => ('why' in one && 'file' in one ? [one.file, one.why] : one))).toEqual([
      ['00000003.history', 'it is empty'],
      ['00000004.history', 'it holds comments only'],
      ['00000005.history', 'its last line is cut short'],
      ['x.history', 'no timeline has this name'],
      ['00000001.history', 'the first timeline has no history'],
      ['00000006.history', 'its lines are no history'],
    ]);
  });

  it('a node whose own file is damaged is placed by that of the others', () => {
    const found = tree(
      [place('node1', 'pg_wal', { 2: '1\t0/3' }), place('node2', 'pg_wal', { 2: second })],
      [stands('node1', 'primary', 2, '0/4000000'), stands('node2', 'standby', 2, '0/4000000')],
    );
    expect(shape(found.roots)).toBe('1() > 2(node1 node2)');
  });

  it('a timeline whose history file is nowhere', () => {
    const found = tree(
      [place('node1', 'archive', {}, { 7: '0/3000000' })],
      [stands('node1', 'primary', 5, '0/4000000')],
    );
    expect(shape(found.roots)).toBe('5(node1), 7()');
    expect(found.problems).toEqual([
      { is: 'no-history', timeline: 5, file: '00000005.history', nodes: ['node1'] },
      { is: 'no-history', timeline: 7, file: '00000007.history', nodes: ['node1'] },
    ]);
  });

  it('what could not be looked at', () => {
    const unseen = { what: 'the node', on: 'node1' as NodeName, why: 'no route to host' };
    expect(tree([], [], [unseen]).problems).toEqual([{ is: 'unseen', ...unseen }]);
  });
});

describe('a server that is down', () => {
  const control = parseControlData(fixture('pg_controldata-15-shut-down.txt').toString())!;

  it('stood on the timeline of its control data', () => {
    expect(stoodOn(control, place('node1', 'pg_wal', {}))).toEqual({ timeline: control.timeline, from: control.redo });
  });

  it('crashed right after its promotion: its own pg_wal knows the new timeline before pg_control does', () => {
    const next = control.timeline + 1;
    const fork = showLsn(lsn(control.redo + 160n));
    const promoted = history([control.timeline, fork]);
    const wal = place('node1', 'pg_wal', { [next]: promoted }, { [next]: fork });
    expect(stoodOn(control, wal)).toEqual({ timeline: next, from: at(fork) });
    // Fetched, and nothing of it received yet.
    expect(stoodOn(control, place('node1', 'pg_wal', { [next]: promoted })).timeline).toBe(control.timeline);
  });
});

describe('any tree of promotions', () => {
  /** Each timeline forks off from an earlier one, further on than that began. */
  const promotions = fc
    .array(fc.record({ from: fc.nat(), further: fc.integer({ min: 1, max: 5 * MB }) }), { maxLength: 12 })
    .map(list => {
      const made: { line: number; parent: number; steps: [number, string][]; begun: number }[] = [
        { line: 1, parent: 0, steps: [], begun: MB },
      ];
      for (const { from, further } of list) {
        const parent = made[from % made.length]!;
        const fork = parent.begun + further;
        const steps: [number, string][] = [...parent.steps, [parent.line, showLsn(lsn(BigInt(fork)))]];
        made.push({ line: made.length + 1, parent: parent.line, steps, begun: fork });
      }
      return made;
    });

  it('is found again, whatever place holds which file', () => {
    fc.assert(
      fc.property(promotions, fc.array(fc.nat({ max: 2 }), { minLength: 12, maxLength: 12 }), (made, holders) => {
        const files: Record<number, string>[] = [{}, {}, {}];
        for (const { line, steps } of made.slice(1)) files[holders[line % 12]!]![line] = history(...steps);
        const nodes = made.map(({ line }) => stands(`n${line}`, 'standby', line, null));
        const found = tree(
          files.map((held, i) => place(`keeper${i}`, 'pg_wal', held)),
          nodes,
        );
        const parents = new Map<number, number>();
        const walk = (branches: readonly Branch[], parent: number): void => {
          for (const { timeline: line, on, children } of branches) {
            expect(on.map(({ node }) => node)).toEqual([`n${line}`]);
            parents.set(line, parent);
            walk(children, line);
          }
        };
        walk(found.roots, 0);
        expect([...parents].sort(([a], [b]) => a - b)).toEqual(made.map(({ line, parent }) => [line, parent]));
        expect(found.problems).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it('with files cut anywhere or filled with anything never throws, and loses no node', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.tuple(promotions, fc.nat()).map(([made, cut]) => history(...made.at(-1)!.steps).slice(0, cut % 80)),
    );
    const file = fc.tuple(fc.integer({ min: 1, max: 14 }), text);
    const node = fc.tuple(fc.integer({ min: 1, max: 14 }), fc.constantFrom('primary', 'standby', 'down'));
    fc.assert(
      fc.property(fc.array(file), fc.array(file), fc.array(node, { maxLength: 4 }), (mine, archived, standing) => {
        const nodes = standing.map(([line, role], i) => stands(`node${i}`, role, line, '0/3000000'));
        const places = [
          place('node0', 'pg_wal', Object.fromEntries(mine)),
          place('node1', 'archive', Object.fromEntries(archived)),
        ];
        const seen: string[] = [];
        const walk = (branches: readonly Branch[]): void => {
          for (const { on, children } of branches) {
            seen.push(...on.map(one => one.node));
            walk(children);
          }
        };
        walk(tree(places, nodes).roots);
        expect(seen.sort()).toEqual(nodes.map(one => one.node));
      }),
      { numRuns: 50 },
    );
  });
});
