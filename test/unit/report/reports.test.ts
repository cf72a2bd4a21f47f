// Reports of runs and drills: what they hold, and that nothing a server says can break the form they are written in.
import { beforeAll, describe, expect, test } from 'vitest';
import { widthOf } from '../../../src/report/columns.ts';
import { drillJunit } from '../../../src/report/drill-junit.ts';
import type { DrillReport } from '../../../src/report/drill-report.ts';
import { drillText } from '../../../src/report/drill-text.ts';
import { junitXml } from '../../../src/report/junit.ts';
import { reportHtml } from '../../../src/report/report-html.ts';
import { reportJunit } from '../../../src/report/report-junit.ts';
import { reportMarkdown } from '../../../src/report/report-markdown.ts';
import { reportText } from '../../../src/report/report-text.ts';
import { type RunReport, runReport } from '../../../src/report/run-report.ts';
import { statusText } from '../../../src/report/status-text.ts';
import { checks } from './fixture.ts';
import { backDrill, missedDrill, passedDrill, story } from './drill-fixture.ts';
import { beginning, events, failed, finished } from './journal-fixture.ts';
import { status } from './status-fixture.ts';

let good: RunReport;
let bad: RunReport;
let open: RunReport;
let passed: DrillReport;
let missed: DrillReport;
beforeAll(async () => {
  good = runReport(await events(finished()), checks);
  bad = runReport(await events(failed()), checks);
  open = runReport(await events(beginning()), checks);
  passed = await passedDrill();
  missed = await missedDrill();
});

/** Tags that match, attributes that are quoted, and only characters that XML 1.0 allows. */
function elements(xml: string): string[] {
  expect(xml).not.toMatch(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u);
  const names: string[] = [];
  const stack: string[] = [];
  const rest = xml.replace(/^<\?xml[^?]*\?>/, '').replace(/<(\/?)([\w-]+)((?:\s[\w-]+="[^"<]*")*)\s*(\/?)>/g, tag);
  function tag(_all: string, closes: string, name: string, _attributes: string, empty: string): string {
    if (closes === '/') expect(stack.pop()).toBe(name);
    else names.push(name);
    if (closes === '' && empty === '') stack.push(name);
    return '';
  }
  expect(stack).toEqual([]);
  expect(rest).not.toMatch(/[<>]|&(?!(amp|lt|gt|quot|#39|#10);)/);
  return names;
}

describe('a run', () => {
  test('that ended well', () => {
    expect(good).toMatchObject({ outcome: 'done', exitCode: 0, seconds: 37, book: 'failover', cluster: 'main' });
    expect(good.steps.map(({ id, status, seconds }) => [id, status, seconds])).toEqual([
      ['really-down', 'done', 30],
      ['fence', 'done', 6.2],
      ['promote', 'done', 0.4],
      ['next', 'done', 0.1],
    ]);
    expect(good.steps[1]?.ops).toMatchObject([
      { on: 'node1', verb: 'exec', status: 'done', seconds: 6, settled: true },
    ]);
    expect(good.steps[2]?.checks.at(-1)?.evidence[1]).toMatchObject({ message: 'new-timeline', offset: 10_439 });
    expect(good.told).toEqual([{ on: 'node1', facts: 'processes = 0', by: 'anna@ops1' }]);
    expect(good.accepted).toMatchObject({ loss: { bytes: null, seconds: 1.2 }, answer: 'unknown' });
    expect(good.notes).toEqual([{ step: 'next', text: 'Take a base backup of node2.', facts: { timeline: '2' } }]);
  });

  test('that failed, and one that has not ended', () => {
    expect(bad).toMatchObject({ outcome: 'failed-no-primary', exitCode: 11 });
    expect(bad.steps.map(({ status }) => status)).toEqual(['done', 'done', 'failed', 'waiting']);
    expect(open).toMatchObject({ outcome: 'unfinished', exitCode: null, ended: null, seconds: 0.2 });
    expect(open.steps[0]).toMatchObject({ status: 'running', seconds: null });
    expect(open.steps[0]?.ops[0]?.status).toBe('its end is not known');
  });

  test.each([80, 120])('as text no wider than %i', width => {
    for (const report of [good, bad, open]) {
      const lines = reportText(report, { width, colour: true }).split('\n');
      expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(width);
    }
  });

  test('as HTML: nothing that was said becomes a tag, and nothing is loaded', () => {
    const html = reportHtml(bad);
    expect(html).toContain('&lt;server&gt; did not promote &amp; &quot;gave up&quot;');
    expect(html).not.toContain('<server>');
    expect(html).not.toMatch(/<script|<link|<img|https?:/);
    const body = html.slice(html.indexOf('<body>'));
    expect(elements(body.replace('</html>\n', ''))).toContain('h2');
  });

  test('as Markdown: nothing that was said becomes a mark', () => {
    const markdown = reportMarkdown(bad);
    expect(markdown).toContain('\\<server\\> did not promote & "gave up"');
    expect(markdown).toContain('| 3 | **promote** Promote the standby | promote | failed | 1 min |');
    const table = markdown.split('\n').filter(line => line.startsWith('|'));
    expect(new Set(table.map(line => line.split(/(?<!\\)\|/).length))).toEqual(new Set([7]));
    const ticks = { ...bad, run: '`a` ``b``' };
    expect(reportMarkdown(ticks)).toContain('``` `a` ``b`` ```');
  });

  test('as JUnit', () => {
    const xml = reportJunit(bad);
    expect(elements(xml).filter(name => name === 'testcase')).toHaveLength(5);
    expect(xml).toContain('tests="5" failures="2" errors="0" skipped="1"');
    expect(xml).toContain('<skipped message="the run ended before it"/>');
    expect(elements(reportJunit(good))).not.toContain('failure');
    expect(reportJunit(open)).toContain('it did not come to its end');
  });
});

test('JUnit holds what XML cannot', () => {
  const xml = junitXml([
    {
      name: 'a "b" <c> & d',
      started: '2026-11-21T03:12:45.000Z',
      seconds: 1,
      cases: [{ name: 'x\u0000\u001b[1my\ud800', seconds: null, failure: 'first\n]]> second\u0008', output: 'é主🚀' }],
    },
  ]);
  elements(xml);
  expect(xml).toContain('name="x[1my"');
  expect(xml).toContain('<failure message="first">first\n]]&gt; second</failure>');
  expect(xml).toContain('é主🚀');
});

describe('a drill', () => {
  test.each([80, 120])('as a receipt no wider than %i', async width => {
    for (const report of [passed, missed, await story(), await backDrill()]) {
      const lines = drillText(report, { width, colour: true }).split('\n');
      expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(width);
    }
  });

  test('the receipt says what a client saw', () => {
    const text = drillText(passed, { width: 120, colour: false });
    expect(text).toContain('timeline    1 → 2');
    expect(text).toContain(
      '81 234 acknowledged, 81 234 present, 0 lost, 0 unexpected, 3 in doubt'.replaceAll('1 2', '1\u202f2'),
    );
    expect(text).toContain('37 s without an acknowledgement: 30 s to detect, 6.4 s to decide, 800 ms to promote');
    expect(text.split('\n').at(-1)).toBe('passed in 57 s: 2 of 2 proofs hold');
    const failure = drillText(missed, { width: 120, colour: false });
    expect(failure).toContain('✗ no acknowledged row is lost: 17 lost, expected 0 lost');
    expect(failure).toContain('at most unknown bytes, unknown time');
    expect(failure).toContain(
      'missed: 1 of 1 proofs does not hold (exit 13)\nits cluster was kept in /tmp/lifeboat/lab-1',
    );
  });

  test('as JUnit: steps, proofs and the drill itself', () => {
    const xml = drillJunit([passed, { ...missed, synchronous: true }]);
    expect(elements(xml).filter(name => name === 'testsuite')).toHaveLength(2);
    expect(xml).toContain('tests="7" failures="0"');
    expect(xml).toContain('found 17 lost, expected 0 lost');
    expect(xml).toContain('<testsuite name="failover-frozen (synchronous)" tests="6" failures="3"');
  });

  test('a way back: finding is a part of the time that it took, and a case of its own in JUnit', async () => {
    const back = await backDrill();
    const text = drillText(back, { width: 200, colour: false });
    expect(text).toContain('back to     to_xid=742 exclusive=true timeline=1');
    expect(text).toMatch(/took {8}40 s: find 412 ms, really-down 30 s/);
    expect(text).toContain('0 lost, 2\u202f111 given up on purpose, 0 unexpected');
    expect(drillJunit([back])).toMatch(/<testcase classname="scenario-2" name="find" time="0\.412"/);
  });

  test('several acts: each with its gap, its time and its proofs; in JUnit no two cases of one name', async () => {
    const text = drillText(await story(), { width: 200, colour: false });
    expect(text).toContain('✓ 2 switchover  Make the standby the primary, in good order (1 of 2)  4.2 s');
    expect(text).toContain('gap 400 ms without an acknowledgement\n');
    expect(text).toContain('✗ 3 switchover');
    expect(text).toContain('✗ base backups: 1, expected 0');
    expect(text).toContain('✗ 3 promote  Promote the standby');
    const names = [...drillJunit([await story()]).matchAll(/<testcase classname="[^"]*" name="([^"]*)"/g)].map(
      it => it[1],
    );
    expect(names).toContain('act 3 switchover: base backups');
    expect(names.filter(name => name?.startsWith('act 4 rebuild-standby: ') === true).length).toBeGreaterThan(3);
    // The two turns of one act are told apart by their number.
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('status', () => {
  test.each([40, 80, 120])('no line is wider than %i, and nothing known is left out', width => {
    const text = statusText(status, { width, colour: true });
    expect(Math.max(...text.split('\n').map(widthOf))).toBeLessThanOrEqual(width);
    for (const known of ['1F/1A00000', '173 kB, 1.2 s', 'async', '03:12:43', 'no route to host']) {
      expect(text).toContain(known);
    }
  });

  test('no primary, or two, is said', () => {
    const [lost, primary, standby] = status.nodes;
    const of = (...nodes: (typeof primary)[]) =>
      statusText({ ...status, nodes: nodes.flatMap(one => (one ? [one] : [])) }, { width: 80, colour: false });
    expect(of(lost, standby)).toContain('No node says that it is a primary.');
    expect(of(primary, primary)).toContain('node2 and node2 say that they are primaries');
    expect(of(primary, standby)).not.toMatch(/primaries|No node/);
  });
});
