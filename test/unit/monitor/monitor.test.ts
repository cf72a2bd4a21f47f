// The monitor's state machine: what it calls down, what it does not, and when it changes its mind.

import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { reached } from '../../../src/monitor/goal.ts';
import { beginMonitor, hear, isNews, type Monitor, nextCommands, type Round } from '../../../src/monitor/monitor.ts';
import type { Phase } from '../../../src/monitor/phase.ts';
import type { Heard, Sample } from '../../../src/monitor/sample.ts';
import type { NodeName, Where } from '../../../src/ports.ts';
import { instant } from '../../../src/time.ts';
import { cluster } from '../report/fixture.ts';

const [node1, node2] = ['node1' as NodeName, 'node2' as NodeName];
const rules = { downAfter: 3, upAfter: 2 };
const at = (round: number) => instant(new Date(Date.UTC(2026, 10, 21) + round * 10_000));
const begin = (some = rules) => beginMonitor(cluster, some, at(0));

/** What each witness (this machine, node1, node2) hears of a node: `0` accepting, `1`, `2`, `-` cannot be asked. */
type Words = readonly [string, string];
const answers: Readonly<Record<string, Heard>> = { 0: 'accepting', 1: 'rejecting', 2: 'no-response', '-': 'not-asked' };
const samples = (n: number, words: Words): Sample[] =>
  [node1, node2].flatMap((of, i) =>
    (['here', node1, node2] as Where[]).map((from, w) => {
      return { of, from, at: at(n), is: answers[words[i]![w]!]!, why: null };
    }),
  );
type Roles = Partial<Record<string, 'primary' | 'standby'>>;
const rolesAt = (n: number, roles: Roles): Round['roles'] =>
  new Map(Object.entries(roles).map(([node, is]) => [node as NodeName, { is: is!, at: at(n) }]));

interface Step {
  readonly heard: Words;
  readonly roles?: Roles;
  readonly phase?: Phase;
}

/** Plays rounds; returns each state of the cluster and of node1, in order. */
function play(steps: readonly Step[], some = rules) {
  let monitor: Monitor = begin(some);
  const seen: string[] = [];
  for (const [n, { heard, roles, phase }] of steps.entries()) {
    const phases: Round['phases'] = phase && new Map([[node1, phase]]);
    const round = { at: at(n + 1), samples: samples(n + 1, heard), roles: roles && rolesAt(n + 1, roles) };
    ({ monitor } = hear(monitor, { ...round, ...(phases && { phases }) } as Round));
    seen.push(`${monitor.nodes[0]!.state} ${monitor.cluster.is}`);
  }
  return { seen, monitor };
}

const fine: Step = { heard: ['000', '000'], roles: { node1: 'primary', node2: 'standby' } };
const silent: Step = { heard: ['222', '000'] };

describe('a primary that dies', () => {
  it('rejects, recovers and is down after three silent rounds, each with when it began', () => {
    const recovering: Step = {
      heard: ['111', '000'],
      phase: { is: 'recovering', segment: '000000010000000100000033' },
    };
    const { seen, monitor } = play([fine, recovering, { heard: ['111', '000'] }, silent, silent, silent]);
    expect(seen).toEqual([
      'up healthy',
      'recovering primary-rejecting',
      'recovering primary-rejecting',
      'recovering primary-rejecting',
      'recovering primary-rejecting',
      'down primary-down',
    ]);
    expect(monitor.nodes[0]).toMatchObject({ state: 'down', since: at(4), segment: null });
    expect(monitor.cluster).toMatchObject({ primary: 'node1', since: at(6) });
    expect(nextCommands(monitor.cluster.is)).toEqual(['lifeboat triage', 'lifeboat run failover --dry-run']);
  });

  it('keeps the segment of the last look while it recovers, and takes a newer one without a change', () => {
    const look = (segment: string): Step => ({ heard: ['111', '000'], phase: { is: 'recovering', segment } });
    const first = hear(play([fine, look('A')]).monitor, {
      at: at(3),
      samples: samples(3, ['111', '000']),
      phases: new Map([[node1, { is: 'recovering', segment: 'B' }]]),
    });
    expect(first.changes).toEqual([]);
    expect(first.monitor.nodes[0]?.segment).toBe('B');
  });

  it('is known from its role, from home, or because nobody else is left', () => {
    const dead: Step = { heard: ['2-2', '0-0'], roles: { node2: 'standby' } };
    expect(play([dead, dead, dead]).monitor.cluster).toMatchObject({ is: 'primary-down', primary: 'node1' });
  });

  it('that was replaced and comes back as what it was makes two primaries, once it says so itself', () => {
    const promoted: Step = { heard: ['222', '000'], roles: { node2: 'primary' } };
    const back: Step = { heard: ['000', '000'] };
    const says: Step = { ...back, roles: { node1: 'primary' } };
    expect(play([fine, silent, silent, silent, promoted, back, back, says]).seen.slice(3)).toEqual([
      'down primary-down',
      'down degraded',
      'down degraded',
      'up unknown',
      'up two-primaries',
    ]);
  });
});

describe('witnesses', () => {
  it('one that hears it outweighs all that do not', () => {
    const cut: Step = { heard: ['200', '000'] };
    const { seen, monitor } = play([fine, cut, cut, cut, cut, cut]);
    expect(new Set(seen)).toEqual(new Set(['up healthy']));
    expect(monitor.nodes[0]?.runs.get('here')).toMatchObject({ is: 'no-response', times: 5 });
  });

  it('who cannot be asked counts neither way', () => {
    expect(play([fine, { heard: ['2-2', '0-0'] }, { heard: ['2--', '0-0'] }, { heard: ['2-2', '0-0'] }]).seen).toEqual([
      'up healthy',
      'up healthy',
      'up healthy',
      'up healthy',
    ]);
    expect(play([fine, { heard: ['---', '000'] }]).seen[1]).toBe('unknown unknown');
  });

  it('this machine alone hearing nobody at all may be cut off itself', () => {
    const alone: Step = { heard: ['2--', '2--'] };
    const { seen, monitor } = play([fine, alone, alone, alone]);
    expect(seen.at(-1)).toBe('down unknown');
    expect(monitor.cluster.why).toContain('this machine itself may be cut off');
  });
});

test('the first finding is news only where it is a bad one', () => {
  const round = (heard: Words): Round => ({ at: at(1), samples: samples(1, heard), roles: rolesAt(1, fine.roles!)! });
  const good = hear(begin(), round(['000', '000']));
  expect(good.changes.map(isNews)).toEqual([false, false, false]);
  const bad = hear(begin({ downAfter: 1, upAfter: 1 }), round(['222', '000']));
  expect(bad.changes.filter(isNews).map(({ is }) => is)).toEqual(['down', 'primary-down']);
});

test('a goal may name a reason for rejecting, or any', () => {
  const { monitor } = play([fine, { heard: ['111', '000'], phase: { is: 'starting' } }]);
  const goal = (is: 'rejecting' | 'starting' | 'recovering') => reached(monitor, { of: 'node', node: node1, is });
  expect([goal('rejecting'), goal('starting'), goal('recovering')]).toEqual([true, true, false]);
  expect(reached(monitor, { of: 'cluster', is: 'primary-rejecting' })).toBe(true);
});

const code = fc.constantFrom('0', '1', '2', '-');
const words = fc.tuple(code, code, code).map(codes => codes.join(''));
const history = fc.array(fc.tuple(words, words), { minLength: 1, maxLength: 12 });
const someRules = fc.record({ downAfter: fc.integer({ min: 1, max: 4 }), upAfter: fc.integer({ min: 1, max: 4 }) });

describe('whatever is heard', () => {
  const states = (heard: readonly Words[], some: typeof rules) => {
    let monitor = begin(some);
    return heard.map((one, n) => {
      const before = monitor.nodes[0]!.state;
      ({ monitor } = hear(monitor, { at: at(n + 1), samples: samples(n + 1, one) }));
      return { before, now: monitor.nodes[0]!.state, heard: one[0] };
    });
  };

  it('nothing becomes down while a witness hears it, nor before so many silences', () => {
    fc.assert(
      fc.property(history, someRules, (heard, some) => {
        const seen = states(heard, some);
        for (const [n, { before, now }] of seen.entries()) {
          if (now !== 'down' || before === 'down') continue;
          const last = seen.slice(Math.max(0, n + 1 - some.downAfter), n + 1).map(one => one.heard);
          expect(last).toHaveLength(some.downAfter);
          // Each that testifies now has been silent for so long.
          for (const w of [0, 1, 2]) if (last.at(-1)![w] === '2') expect(last.every(one => one[w] === '2')).toBe(true);
          expect(last.at(-1)).not.toMatch(/[01]/);
          expect(last.at(-1)).toMatch(/2/);
        }
      }),
    );
  });

  it('nothing that was down is up before so many answers to one witness', () => {
    fc.assert(
      fc.property(history, someRules, (heard, some) => {
        const seen = states(heard, some);
        for (const [n, { before, now }] of seen.entries()) {
          if (now !== 'up' || before === 'up' || before === 'unknown') continue;
          const last = seen.slice(Math.max(0, n + 1 - some.upAfter), n + 1).map(one => one.heard);
          expect(last).toHaveLength(some.upAfter);
          expect([0, 1, 2].some(w => last.every(one => one[w] === '0'))).toBe(true);
        }
      }),
    );
  });

  it('a refusal without any acceptance counts at once', () => {
    fc.assert(
      fc.property(history, someRules, (heard, some) => {
        for (const { now, heard: one } of states(heard, some)) {
          if (one.includes('1') && !one.includes('0')) expect(now).toBe('rejecting');
        }
      }),
    );
  });

  it('the order in which the answers of one instant come decides nothing', () => {
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.nat()), (heard, random) => {
        let [one, other] = [begin(), begin()];
        for (const [n, words] of heard.entries()) {
          const round = { at: at(n + 1), samples: samples(n + 1, words) };
          const shuffled = round.samples.toSorted(() => (random.next().value! % 3) - 1);
          const [a, b] = [hear(one, round), hear(other, { ...round, samples: shuffled })];
          expect(b).toEqual(a);
          [one, other] = [a.monitor, b.monitor];
        }
      }),
      { numRuns: 50 },
    );
  });
});
