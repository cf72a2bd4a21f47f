// JSON that others read: plans, events and reports, each valid by its own schema and free of what JSON cannot hold.
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import type { EventBody } from '../../../src/engine/events.ts';
import { drillReportSchema } from '../../../src/report/drill-report.ts';
import { eventSchema } from '../../../src/report/event-schema.ts';
import { JsonLinesWatcher } from '../../../src/report/json-lines.ts';
import { planJson } from '../../../src/report/plan-json.ts';
import { runReport, runReportSchema } from '../../../src/report/run-report.ts';
import { statusSchema } from '../../../src/report/status-schema.ts';
import { statusJson } from '../../../src/report/status-text.ts';
import { checks, frozen, gone, id, node, planOf } from './fixture.ts';
import { backDrill, missedDrill, passedDrill, story } from './drill-fixture.ts';
import {
  asNews,
  beginning,
  events,
  failed,
  fenced,
  finished,
  journal,
  later,
  loaded,
  progress,
} from './journal-fixture.ts';
import { status } from './status-fixture.ts';

/** As it stands in schemas/: JSON, read again. */
const validator = (schema: object) => new Ajv({ strict: false }).compile(JSON.parse(JSON.stringify(schema)) as object);

/** Whatever its shape: the assertion says what is looked for. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- JSON has any shape
const read = (line: string) => JSON.parse(line) as Record<string, any>;
const written = (value: unknown) => read(JSON.stringify(value));

const others: [number, EventBody][] = [
  [97, { e: 'resumed', by: 'anna@ops1', options: { yes: true, acceptLoss: 4096 } }],
  [97, { e: 'told', on: node('node1'), facts: { role: 'down' }, by: 'anna@ops1' }],
  [97, { e: 'left-out', step: id('promote'), n: 0, why: 'it holds already' }],
  [97, { e: 'token', step: id('promote'), n: 0, xid: '743' }],
  [97, { e: 'undone', step: id('fence'), n: 0, words: 'node1: pg_ctl start', outcome: { is: 'done', outputs: {} } }],
];

describe('events', () => {
  const valid = validator(eventSchema);

  test('every kind of event, and progress, is one valid line each', async () => {
    const lines: string[] = [];
    const watcher = new JsonLinesWatcher(line => lines.push(line));
    const all = journal([...(await failed()), ...others]);
    for (const news of asNews(all)) watcher.hear(news);
    watcher.hear(progress('promote', loaded(1, 2)));
    watcher.hear(progress('promote', { is: 'output', text: 'waiting for server to promote...' }));
    watcher.hear(progress('promote', { is: 'waiting', until: 'x', found: 'y', deadline: later(99) }));
    const kinds = new Set<string>();
    for (const line of lines) {
      expect(line).not.toContain('\n');
      const event = JSON.parse(line) as { e: string };
      expect(valid(event), `${line} ${JSON.stringify(valid.errors)}`).toBe(true);
      kinds.add(event.e);
    }
    // All that the union has: `run` to `end`, and progress.
    expect(kinds.size).toBe(16);
    expect(lines).toHaveLength(all.length + 3);
  });

  test('an LSN is text', async () => {
    const lines: string[] = [];
    const watcher = new JsonLinesWatcher(line => lines.push(line));
    for (const news of asNews(await events(fenced()))) watcher.hear(news);
    const step = lines.map(line => read(line)).find(event => event.e === 'step' && event.mark !== null)!;
    expect(step.mark.nodes.node2.replayed).toBe('0/1A2B3C8');
  });

  test('progress of one op at most once a second', () => {
    const lines: string[] = [];
    const watcher = new JsonLinesWatcher(line => lines.push(line));
    for (let tenth = 0; tenth < 25; tenth += 1) {
      watcher.tick(later(tenth / 10));
      watcher.hear(progress('salvage', loaded(tenth, 100)));
    }
    expect(lines.map(line => read(line).progress.bytes as number)).toEqual([0, 10, 20]);
  });

  test.each([
    { e: 'end', seq: 1, at: 'x', prev: 'y', exit: 'zero', why: 'done', hint: null },
    { e: 'token', seq: 1, at: 'x', prev: 'y', step: 'promote', n: 0 },
    { e: 'party', seq: 1, at: 'x', prev: 'y' },
  ])('what is no event is not valid: %j', event => {
    expect(valid(event)).toBe(false);
  });
});

describe('reports', () => {
  test('a run that ended well, one that failed, one that goes on', async () => {
    const valid = validator(runReportSchema);
    for (const all of [finished(), failed(), beginning()]) {
      const report = runReport(await events(all), checks);
      expect(valid(JSON.parse(JSON.stringify(report))), JSON.stringify(valid.errors)).toBe(true);
    }
    const { steps: _, ...rest } = runReport(await events(finished()), checks);
    expect(valid(rest)).toBe(false);
  });

  test('drills', async () => {
    const valid = validator(drillReportSchema);
    for (const report of [await passedDrill(), await missedDrill(), await story(), await backDrill()]) {
      expect(valid(JSON.parse(JSON.stringify(report))), JSON.stringify(valid.errors)).toBe(true);
    }
    expect(valid({ ...(await passedDrill()), outcome: 'fine' })).toBe(false);
  });
});

describe('plans', () => {
  const context = { checks, command: 'lifeboat run failover' };

  test('what would be done, with what is not known yet', async () => {
    const plan = written(planJson(await planOf(frozen), context));
    expect(plan).toMatchObject({
      book: 'failover',
      fingerprint: '7c1f03',
      command: 'lifeboat run failover --plan 7c1f03',
      commit: { step: 'promote', loss: { bytes: 0, ms: 0 } },
      refusals: [],
    });
    const salvage = plan.steps[2];
    expect(salvage.decidedAfter).toBe('fence');
    expect(salvage.ways).toMatchObject([
      { undo: 'undoable', promise: null },
      { undo: 'free', promise: null },
      { name: 'leave', undo: 'free', promise: [] },
    ]);
    expect(salvage.ways[0].ops[0].unknown).toEqual([
      { unknown: 'segment of the last WAL received', afterStep: 2 },
      { unknown: 'segment of the last WAL on node1', afterStep: 2 },
    ]);
    expect([plan.steps[4].promise[0], plan.steps[4].promise[1]]).toMatchObject([
      { words: 'node2 role is primary', knownAfterStep: null },
      { words: 'node2 timeline is above 1', knownAfterStep: 5 },
    ]);
  });

  test('a refused plan has no command; an unknown loss is null', async () => {
    const plan = written(planJson(await planOf(gone), context));
    expect(plan.command).toBeNull();
    expect(plan.commit.loss).toMatchObject({ bytes: null, ms: 1200 });
    expect(plan.refusals).toMatchObject([{ host: 'node1', rule: 'stopped', step: 'fence' }]);
    expect(plan.refusals[0].hint).toContain('--accept-unfenced node1');
  });
});

describe('status', () => {
  test('is what it says, LSNs as text', () => {
    const json = written(statusJson(status));
    expect(json.nodes[2]).toMatchObject({ node: 'node3', lsn: '1F/1A00000', lagBytes: 177_096, lagTime: 1200 });
    expect(json.nodes[0].lsn).toBeNull();
  });

  test('is valid by its schema, and nothing is that lacks a field or has an LSN as a number', () => {
    const valid = validator(statusSchema);
    const json = written(statusJson(status));
    expect(valid(json), JSON.stringify(valid.errors)).toBe(true);
    expect(valid({ ...json, owed: undefined })).toBe(false);
    expect(valid({ ...json, nodes: [{ ...json.nodes[2], lsn: 133_456 }] })).toBe(false);
    expect(valid({ ...json, nodes: [{ ...json.nodes[2], role: 'master' }] })).toBe(false);
    expect(valid({ ...json, owed: [{ node: 'node1', is: 'placed', words: '' }] })).toBe(false);
  });
});
