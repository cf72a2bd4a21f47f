// A dry run as text: fits its width, says what is not known yet, lists every refusal, ends with what to type.
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { PlannedStep, ShownPlan } from '../../../src/engine/planned.ts';
import { paper } from '../../../src/report/paper.ts';
import { planText } from '../../../src/report/plan-text.ts';
import { lossWords } from '../../../src/report/plan-words.ts';
import { harmless, widthOf } from '../../../src/report/columns.ts';
import { bytes, ms } from '../../../src/time.ts';
import { check, checks, cluster, failover, frozen, gone, healthy, id, planOf } from './fixture.ts';

const command = 'lifeboat run failover';
const style = { width: 80, colour: false };
const text = (plan: ShownPlan, context: object = {}): string => planText(plan, { checks, command, ...context }, style);
const with_ = (plan: ShownPlan, name: string, over: Partial<PlannedStep>): ShownPlan => ({
  ...plan,
  steps: plan.steps.map(step => (step.id === name ? { ...step, ...over } : step)),
});

let plans: ShownPlan[];
let dead: ShownPlan;
/** The operator said that node1 is off: nothing is refused, and the loss cannot be known. */
let told: ShownPlan;
beforeAll(async () => {
  plans = await Promise.all([frozen, gone, healthy].map(world => planOf(world)));
  dead = await planOf(frozen);
  const off = { processes: 0, role: 'down', ready: 'no-response', reachable: false } as const;
  told = await planOf({ ...gone, node1: off });
});

const longId = 'rejoin-all[node3]/start-with-a-long-name-that-never-ends';

describe('width', () => {
  test('no line is wider than the terminal, in colour or not', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 50, max: 200 }),
        fc.boolean(),
        fc.integer({ min: 0, max: 2 }),
        fc.constantFrom('fence', longId, '主站を止める'),
        (width, colour, which, name) => {
          const plan = plans[which]!;
          const named = { ...plan, steps: plan.steps.map((s, i) => (i === 1 ? { ...s, id: id(name) } : s)) };
          const lines = planText(named, { checks, command }, { width, colour }).split('\n');
          expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(width);
          expect(lines.some(line => harmless(line).includes(name.slice(0, 5)))).toBe(true);
        },
      ),
    );
  });

  test('colour changes nothing but colour', () => {
    for (const plan of plans) {
      const dressed = planText(plan, { checks, command }, { width: 80, colour: true });
      expect(dressed).toContain('\u001b[');
      expect(harmless(dressed)).toBe(text(plan));
    }
  });

  test('every command is there, whole', () => {
    const flat = text(dead).replace(/\s+/g, ' ');
    expect(flat).toContain(
      'exec node1 /usr/lib/postgresql/15/bin/pg_ctl -D /disk1/data -m fast -w -t 30 stop 35 s, then',
    );
    expect(flat).toContain('exec node2 /usr/lib/postgresql/15/bin/pg_ctl -D /disk1/data -w -t 60 promote');
    expect(flat).toContain("sleep 0.2; done; exit 1' kill /disk1/data");
  });
});

describe('what is not known yet', () => {
  test('a value names the step after which it is known', () => {
    expect(text(dead)).toMatch(/‹segment of the last WAL\s+received›[^]*known after step 2/);
  });

  test('a need that hangs on an earlier step is no refusal', () => {
    expect(text(dead)).toMatch(/needs {2}no other standby received more than node2\s+known after step 3/);
    expect(text(dead)).not.toContain('Refused');
  });

  test('a promise that fixes no value is known after its own step', () => {
    expect(text(dead)).toContain('node2 timeline is above 1   known after step 5');
    expect(text(dead)).toMatch(/then {3}node2 role is primary\n/);
  });

  test('each way of a step says when it is taken and whether it can be undone', () => {
    expect(text(dead)).toContain('bring: if node1 has WAL that node2 has not (can be undone)');
    expect(text(dead)).toContain('nothing: if node2 received it all (nothing to undo)');
    const [bring, nothing] = dead.steps[2]!.ways;
    const final = with_(dead, 'salvage', { ways: [{ ...bring!, worst: 'never' }, nothing!] });
    expect(text(final)).toContain('has not (no way back)');
  });

  test('a step with a condition', () => {
    const hole = { hole: 'steps.fence.stdout', after: id('fence') };
    expect(text(with_(dead, 'prove', { happens: hole }))).toMatch(/if {5}‹steps.fence.stdout› {3}known after step 2/);
    const left = with_(dead, 'prove', { happens: false, why: 'its condition is false', ways: [], promise: [] });
    expect(text(left)).toContain('7 prove            skip   its condition is false');
  });

  test('what happens after a failure, where it is not the usual', () => {
    const over = { retry: 2, onFailure: 'continue' } as const;
    expect(text(with_(dead, 'prove', over))).toContain('fails  tried 2 more times, then the next step');
  });
});

describe('the commit point', () => {
  test('stands before the first step with no way back, with the loss', () => {
    const lines = text(dead).split('\n');
    const line = lines.findIndex(one => one.includes('── commit point'));
    expect(lines.slice(line + 1, line + 5)).toEqual([
      '      Lost at most: 0 B.',
      '      Reckoned from: node2 has all WAL of node1 after salvage; unless the WAL of',
      '      node1 cannot be read: then it is unknown, and wants --accept-loss unknown.',
      expect.stringMatching(/^5 promote/),
    ]);
  });

  test('a loss that cannot be known is called unknown, and must be accepted by that word', () => {
    expect(text(told).replace(/\s+/g, ' ')).toContain(
      'Lost: unknown. How many bytes cannot be known, but it is nothing',
    );
    expect(text(told).split('\n').at(-1)).toContain('--plan 7c1f03 --accept-loss unknown');
    expect(lossWords({ bytes: 'unknown', time: 'unknown', from: [] })).toEqual([
      'Lost: unknown. How many bytes cannot be known, nor is there a bound in time.',
    ]);
  });

  test('is not asked for twice, nor below the budget', () => {
    const loss = { bytes: bytes(4096), time: ms(900), from: ['x'] };
    const some = with_(dead, 'promote', { loss });
    expect(text(some)).toContain('Lost at most: 4 kB, 900 ms.');
    expect(text(some).split('\n').at(-1)).toContain('--accept-loss 4kB');
    expect(text(some, { budget: bytes(8192) })).not.toContain('--accept-loss');
    expect(text(told, { command: `${command} --accept-loss unknown` }).match(/--accept-loss/g)).toHaveLength(1);
  });

  test('is not drawn where all can be undone', async () => {
    const plan = await planOf(frozen, failover.slice(0, 2));
    expect(text(plan)).not.toContain('commit point');
  });
});

describe('the end', () => {
  test('says what to type', () => {
    expect(text(dead).split('\n').at(-1)).toBe('Nothing was changed.  To do it:  lifeboat run failover --plan 7c1f03');
  });

  test('lists every refusal, each with host, rule, what was expected and found, and a hint', async () => {
    const plan = await planOf(healthy);
    const promote = plan.steps.find(step => step.id === 'promote')!;
    const wrong = {
      check: check('role', 'node1', { is: ['standby', 'down'] }),
      verdict: { is: 'fails', expected: 'standby or down', found: 'primary' },
    } as const;
    const out = text(with_(plan, 'promote', { needs: [...promote.needs, wrong] }));
    expect(out).toContain('Refused: 2 rules do not hold');
    expect(out).toContain(
      [
        '  ✗ node1 role is standby or down',
        '    host      node1',
        '    rule      role, for step 5 (promote)',
        '    expected  standby or down',
        '    found     primary',
        '    HINT:     see how node1 stands: lifeboat status',
      ].join('\n'),
    );
    expect(out).toMatch(/host {6}node2\n {4}rule {6}replaying, for step 5/);
    expect(out).not.toContain('To do it');
  });

  test('a silent host is told from one that answered', () => {
    expect(text(plans[1]!)).toContain('found     the host cannot be reached: no route to host');
    expect(text(plans[1]!)).toMatch(/--accept-unfenced node1\nNothing was changed.$/);
  });
});

test('on paper each command is one line that can be copied, and prose fits', () => {
  const lines = paper(dead, { checks, cluster }, style).split('\n');
  expect(lines).toContain(
    "      ssh postgres@172.16.3.102 '/usr/lib/postgresql/15/bin/pg_ctl -D /disk1/data -w -t 60 promote'",
  );
  expect(lines).toContain("      ALTER SYSTEM SET restore_command = '';");
  const prose = lines.filter(line => !/^ {2}(ssh|pg_isready)|^ {6}(?!\[ ])/.test(line));
  expect(Math.max(...prose.map(widthOf))).toBeLessThanOrEqual(80);
  const stop = lines.findIndex(line => line.includes('STOP. From here on there is no way back.'));
  expect(lines.slice(stop).findIndex(line => line.startsWith(' 5. Promote'))).toBeGreaterThan(0);
});

test('on paper a node of this machine needs no ssh', () => {
  const local = { ...cluster, nodes: cluster.nodes.map(one => ({ ...one, ssh: { host: 'x', local: true } })) };
  const out = paper(dead, { checks, cluster: local }, style);
  expect(out).not.toContain('ssh ');
  expect(out).toContain('      /usr/lib/postgresql/15/bin/pg_ctl -D /disk1/data -w -t 60 promote\n');
});
