// What the operator reads, whole: dry runs, instructions on paper, the live view, receipts and status, as they stand in files/.
import { describe, expect, test } from 'vitest';
import { drillText } from '../../src/report/drill-text.ts';
import { hearNews, nothingYet } from '../../src/report/live-state.ts';
import { liveLines } from '../../src/report/live-text.ts';
import { paper } from '../../src/report/paper.ts';
import { PlainWatcher } from '../../src/report/plain.ts';
import { planText } from '../../src/report/plan-text.ts';
import { reportText } from '../../src/report/report-text.ts';
import { runReport } from '../../src/report/run-report.ts';
import { statusText } from '../../src/report/status-text.ts';
import { checks, cluster, frozen, gone, healthy, planOf, type World } from '../unit/report/fixture.ts';
import { backDrill, missedDrill, passedDrill, story } from '../unit/report/drill-fixture.ts';
import {
  asNews,
  beginning,
  events,
  failed,
  fenced,
  finished,
  later,
  progress,
} from '../unit/report/journal-fixture.ts';
import { status } from '../unit/report/status-fixture.ts';
import { expectGolden } from './golden.ts';

const narrow = { width: 80, colour: false };
const wide = { width: 120, colour: false };
const command = 'lifeboat run failover -p down_for=5s';

describe('a dry run', () => {
  const cases: readonly (readonly [string, World])[] = [
    ['plan-frozen', frozen],
    ['plan-gone-refused', gone],
    ['plan-healthy-refused', healthy],
  ];
  test.each(cases)('%s', async (name, world) => {
    const plan = await planOf(world);
    expectGolden(`${name}-80`, planText(plan, { checks, command }, narrow));
    expectGolden(`${name}-120`, planText(plan, { checks, command }, wide));
  });

  test('on paper', async () => {
    expectGolden('paper-frozen', paper(await planOf(frozen), { checks, cluster }, narrow));
  });
});

describe('a run', () => {
  test('live, while it waits, while it works, at its end', async () => {
    const frames = [
      [...asNews(await events(beginning())), progress('really-down', waiting)],
      asNews(await events(fenced())),
      asNews(await events(finished())),
      asNews(await events(failed())),
    ].map(news => {
      const state = news.reduce(hearNews, nothingYet);
      return liveLines({ ...state, now: later(40) }, checks, narrow).join('\n');
    });
    expect(new Set(frames).size).toBe(frames.length);
    expectGolden('live-80', frames.join(`\n${'='.repeat(80)}\n`));
  });

  test('in plain lines', async () => {
    const lines: string[] = [];
    const watcher = new PlainWatcher({ checks, colour: false, write: line => lines.push(line) });
    for (const news of asNews(await events(failed()))) watcher.hear(news);
    expectGolden('plain', lines.join('\n'));
  });

  test('as a report', async () => {
    expectGolden('report-done-80', reportText(runReport(await events(finished()), checks), narrow));
    expectGolden('report-failed-80', reportText(runReport(await events(failed()), checks), narrow));
  });
});

test('the receipt of a drill', async () => {
  expectGolden('drill-passed-80', drillText(await passedDrill(), narrow));
  expectGolden('drill-missed-80', drillText(await missedDrill(), narrow));
  expectGolden('drill-back-80', drillText(await backDrill(), narrow));
  expectGolden('drill-story-80', drillText(await story(), narrow));
});

test('how a cluster stands', () => {
  expectGolden('status-80', statusText(status, narrow));
  expectGolden('status-120', statusText(status, wide));
  expectGolden('status-40', statusText(status, { width: 40, colour: false }));
});

const waiting = {
  is: 'waiting',
  until: 'node1 does not respond for 30 s (12 s so far)',
  found: 'no-response, asked from here and from node2',
  deadline: later(600),
} as const;
