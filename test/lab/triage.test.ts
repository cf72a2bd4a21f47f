// Each fault of the lab is named right by `lifeboat triage`, on the node that it ails, with evidence; a healthy lab has nothing to do.

import { Ajv } from 'ajv';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { faults } from '../../src/lab/faults/index.ts';
import { createLab, type Lab } from '../../src/lab/lab.ts';
import { startServer } from '../../src/lab/server.ts';
import type { TriageReport } from '../../src/report/triage-report.ts';
import { Machine, type Said } from '../support/lifeboat.ts';

const schema = JSON.parse(readFileSync(new URL('../../schemas/triage.schema.json', import.meta.url), 'utf8')) as object;
const fits = new Ajv({ strict: false }).compile(schema);

/** Beyond the probes' own deadlines; a busy machine takes its time over starting Node alone. */
const generous = 15_000;

/** What befalls whom, who is ailing then, and the book that helps. */
interface Story {
  readonly fault: string;
  readonly on: string;
  readonly with?: object;
  readonly ails: string;
  readonly book: string | null;
  /** Evidence that must be there: a line of the log, or a fact. */
  readonly seen: RegExp;
}

let lab: Lab;
let machine: Machine;

async function triage(): Promise<{ said: Said; report: TriageReport; took: number }> {
  const start = performance.now();
  const said = await machine.run('triage', '--json');
  const report = JSON.parse(said.stdout) as TriageReport;
  expect(fits(report), JSON.stringify(fits.errors)).toBe(true);
  return { said, report, took: performance.now() - start };
}

async function breakAndAsk({ fault, on, with: params = {}, ails, book, seen }: Story): Promise<TriageReport> {
  await faults.get(fault)!.break(lab, lab.node(on), params);
  const { said, report, took } = await triage();
  expect(said.code).toBe(4);
  const finding = report.findings[0]!;
  expect([finding.node, finding.cause], JSON.stringify(report.findings, null, 1)).toEqual([ails, fault]);
  expect(finding.evidence.map(({ file = '', text }) => `${file} ${text}`).join('\n')).toMatch(seen);
  expect(finding.book === null ? null : finding.book.split(' ')[2]).toBe(book);
  expect(took).toBeLessThan(generous);
  return report;
}

async function up(): Promise<void> {
  lab = await createLab();
  machine = new Machine(lab.inventoryFile);
}

async function gone(): Promise<void> {
  machine.remove();
  await lab.destroy();
}

describe('what is taken away again, one lab for all', () => {
  beforeAll(up);
  afterAll(gone);

  test('a healthy lab: nothing to do, exit 0, before and after', async () => {
    const { said, report } = await triage();
    expect(report.findings).toEqual([]);
    expect(said.code).toBe(0);
    expect((await machine.run('triage')).stdout).toMatch(/nothing to do: node1, node2 are well/);
  });

  test.each<Story>([
    { fault: 'replay-paused', on: 'node2', ails: 'node2', book: null, seen: /pg_is_wal_replay_paused/ },
    { fault: 'standby-behind', on: 'node2', ails: 'node2', book: null, seen: /state T/ },
    { fault: 'password-wrong', on: 'node1', ails: 'node2', book: null, seen: /node2.*password authentication failed/s },
    { fault: 'link-cut', on: 'node2', ails: 'node2', book: null, seen: /Connection refused/ },
    { fault: 'frozen', on: 'node1', ails: 'node1', book: 'failover', seen: /in state T/ },
    { fault: 'stopped', on: 'node1', ails: 'node1', book: 'failover', seen: /received fast shutdown request/ },
    {
      fault: 'wal-unwritable',
      on: 'node1',
      ails: 'node1',
      book: 'failover',
      seen: /pg_wal\/xlogtemp.*Permission denied/,
    },
    { fault: 'data-lost', on: 'node1', ails: 'node1', book: 'failover', seen: /no such directory/ },
    { fault: 'wal-corrupt', on: 'node1', ails: 'node1', book: 'failover', seen: /valid checkpoint record/ },
    {
      fault: 'data-corrupt',
      on: 'node1',
      with: { file: 'control' },
      ails: 'node1',
      book: 'failover',
      seen: /pg_control/,
    },
  ])('$fault', async story => {
    await breakAndAsk(story);
    await faults.get(story.fault)!.heal(lab, lab.node(story.on));
    await lab.start();
    await lab.streaming(lab.nodes[0]!.name, 1);
  });

  test('slot-lost, and the standby made anew is well', async () => {
    const seen = /pg_replication_slots: no slot node2/;
    await breakAndAsk({ fault: 'slot-lost', on: 'node2', ails: 'node2', book: 'rejoin', seen });
    await faults.get('slot-lost')!.heal(lab, lab.node('node2'));
    const removed = /has already been removed/;
    await breakAndAsk({ fault: 'wal-removed', on: 'node2', ails: 'node2', book: 'rebuild-standby', seen: removed });
    await faults.get('wal-removed')!.heal(lab, lab.node('node2'));
    expect((await triage()).report.findings).toEqual([]);
  });

  test('not-a-child', async () => {
    const seen = /0000000\d\.history leaves timeline 1 at/;
    await breakAndAsk({ fault: 'not-a-child', on: 'node2', ails: 'node2', book: 'rejoin', seen });
  });
});

describe('what a lab does not live through', () => {
  afterEach(gone);

  test('two-primaries: told of both, with the fork', async () => {
    await up();
    const seen = /leaves timeline 1 at/;
    const report = await breakAndAsk({ fault: 'two-primaries', on: 'node2', ails: 'node1', book: 'rejoin', seen });
    expect(report.findings.map(({ node, cause }) => `${node} ${cause}`)).toEqual([
      'node1 two-primaries',
      'node2 two-primaries',
    ]);
    expect(report.findings[0]!.words).toMatch(/part on timeline 1 at 0\/[0-9A-F]+/);
  });

  test('wrong-timeline: the standby beyond the point to which its primary was taken back', async () => {
    await up();
    const seen = /leaves timeline 1 at/;
    const report = await breakAndAsk({ fault: 'wrong-timeline', on: 'node1', ails: 'node2', book: 'rejoin', seen });
    expect(report.findings[0]!.words).toContain('before the mistake');
  });

  test('crash-recovery: wait, with progress', async () => {
    await up();
    const seen = /startup recovering [0-9A-F]{24}/;
    const report = await breakAndAsk({
      fault: 'crash-recovery',
      on: 'node1',
      ails: 'node1',
      book: null,
      seen,
    });
    const { done, of } = report.findings[0]!.wait!.progress!;
    expect(of).toBeGreaterThan(2 ** 28);
    expect(done).toBeLessThanOrEqual(of);
  });

  test('wal-full, then killed: a loss that is exact, for the disk of the lost primary answers', async () => {
    await up();
    const report = await breakAndAsk({
      fault: 'wal-full',
      on: 'node1',
      ails: 'node1',
      book: 'failover',
      seen: /No space left on device/,
    });
    // Known to the byte, and not always none: what was written in the last moment may not have been sent any more.
    expect(report.findings[0]!.loss?.bytes).toEqual(expect.any(Number));
    await faults.get('wal-full')!.heal(lab, lab.node('node1'));
    await startServer(lab.node('node1'), lab.programs);
    await lab.streaming(lab.nodes[0]!.name, 1);
    await breakAndAsk({
      fault: 'killed',
      on: 'node1',
      ails: 'node1',
      book: 'failover',
      seen: /no postmaster|without a postmaster/,
    });
  });

  test('host-gone, silent: one deadline, and a loss that cannot be known', async () => {
    await up();
    const seen = /no-response \(asked from here\), no-response \(asked from node2\)/;
    const report = await breakAndAsk({
      fault: 'host-gone',
      on: 'node1',
      with: { mode: 'silent' },
      ails: 'node1',
      book: 'failover',
      seen,
    });
    expect(report.findings[0]!.book).toBe('lifeboat run failover --accept-unfenced node1');
    expect(report.findings[0]!.loss?.bytes).toBeNull();
  });
});
