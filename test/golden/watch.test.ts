// What `lifeboat watch` shows of a primary that dies: the live table, the listing, and JSON Lines that agree with their schema.

import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { beginMonitor, type Change, hear } from '../../src/monitor/monitor.ts';
import type { Phase } from '../../src/monitor/phase.ts';
import { codeOf, type Heard } from '../../src/monitor/sample.ts';
import type { WatchEvent } from '../../src/monitor/watch-event.ts';
import type { NodeName, Where } from '../../src/ports.ts';
import { widthOf } from '../../src/report/columns.ts';
import { watchEventSchema } from '../../src/report/monitor-schema.ts';
import { monitorLines } from '../../src/report/monitor-text.ts';
import { jsonView, listingView } from '../../src/report/monitor-view.ts';
import { type Instant, seconds } from '../../src/time.ts';
import { cluster } from '../unit/report/fixture.ts';
import { expectGolden } from './golden.ts';

const [node1, node2] = cluster.nodes.map(({ name }) => name) as [NodeName, NodeName];
const rules = { downAfter: 2, upAfter: 2 };
const at = (n: number): Instant => `2026-11-21T03:12:${String(n * 10 + 4).padStart(2, '0')}.000Z` as Instant;
const heard: Readonly<Record<string, Heard>> = { 0: 'accepting', 1: 'rejecting', 2: 'no-response', '-': 'not-asked' };
const recovering: Phase = { is: 'recovering', segment: '000000010000000100000033' };

/** What this machine, node1 and node2 hear of node1; node2 is well. */
const rounds = ['000', '200', '111', '222', '2-2'];

function story() {
  const events: WatchEvent[] = [
    { e: 'watch', at: at(0), cluster: 'main', nodes: [node1, node2], interval: seconds(10), ...rules },
  ];
  let monitor = beginMonitor(cluster, rules, at(0));
  const seen = rounds.map((codes, n) => {
    const samples = Array.from(codes).flatMap((code, w) => {
      const from = (['here', node1, node2] as Where[])[w]!;
      const why = code === '-' ? 'no SSH connection to 172.16.3.101:22' : null;
      return [
        { of: node1, from, at: at(n), is: heard[code]!, why },
        { of: node2, from, at: at(n), is: code === '-' ? ('not-asked' as const) : ('accepting' as const), why },
      ];
    });
    const roles = new Map([
      ...(n === 0 ? [[node1, { is: 'primary', at: at(0) }] as const] : []),
      [node2, { is: 'standby', at: at(n) }] as const,
    ]);
    const found = hear(monitor, { at: at(n), samples, roles, phases: new Map([[node1, recovering]]) });
    monitor = found.monitor;
    events.push(...samples.map(one => ({ e: 'sample' as const, ...one, code: codeOf(one.is) })), ...found.changes);
    return { monitor, at: at(n), changes: found.changes };
  });
  events.push({ e: 'replays', at: at(2), node: node1, segment: recovering.segment! });
  events.push({ e: 'owed', at: at(4), node: node1, is: 'owed', words: 'fence owed: node1 cannot be reached (run r1)' });
  events.push({ e: 'end', at: at(4), is: 'reached', cluster: monitor.cluster.is, exit: 0 });
  return { events, seen };
}

const options = { cluster: 'main', interval: seconds(10), typed: ' --cluster main', colour: false };

test('the table, round by round, on 80 columns and on 50', () => {
  const changes: Change[] = [];
  const pages = story().seen.map(({ monitor, at: now, changes: more }) => {
    changes.push(...more);
    return { ...options, monitor, now, changes: [...changes] };
  });
  const frames = (width: number) => pages.map(page => monitorLines(page, { width, colour: false }));
  for (const width of [40, 50, 80])
    expect(Math.max(...frames(width).flat().map(widthOf)), String(width)).toBeLessThanOrEqual(width);
  const joined = (width: number) =>
    frames(width)
      .map(lines => lines.join('\n'))
      .join(`\n${'='.repeat(width)}\n`);
  expectGolden('watch-80', joined(80));
  expectGolden('watch-50', joined(50));
  const low = monitorLines(pages.at(-1)!, { width: 80, colour: false, height: 16 });
  expect(low.length).toBeLessThan(16);
  expect(low.join('\n')).toContain('lifeboat run failover --dry-run --cluster main');
});

test('the listing', () => {
  const lines: string[] = [];
  const view = listingView(options, line => lines.push(line));
  for (const { monitor, at: now, changes } of story().seen) {
    for (const change of changes) view.hear(change);
    view.round(monitor, now);
  }
  expectGolden('watch-listing', lines.join('\n'));
});

test('JSON Lines agree with the schema, and nothing else does', () => {
  const validate = new Ajv2020({ strict: true, strictTypes: false }).compile(watchEventSchema);
  const lines: string[] = [];
  const view = jsonView(line => lines.push(line));
  for (const event of story().events) view.hear(event);
  for (const line of lines) expect(validate(JSON.parse(line)) ? [] : validate.errors, line).toEqual([]);
  expect(validate({ ...story().events[1], code: 4 })).toBe(false);
  const owed = story().events.find(({ e }) => e === 'owed')!;
  expect(validate({ ...owed, is: 'perhaps' })).toBe(false);
  expect(new Set(lines.map(line => (JSON.parse(line) as WatchEvent).e)).size).toBe(7);
});
