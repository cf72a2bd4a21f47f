// Every drill that ships, asynchronous and synchronous: the report is as its schema says, and proves what it must.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { type DrillReport, drillReportSchema } from '../../src/report/drill-report.ts';
import { Machine } from '../support/lifeboat.ts';

const validate = new Ajv2020({ strict: false }).compile(drillReportSchema);

async function drill(name: string, ...options: string[]): Promise<DrillReport> {
  const machine = new Machine('/nowhere/lifeboat.yaml');
  const directory = mkdtempSync(join(process.env['LIFEBOAT_TEST_ROOT'] ?? tmpdir(), 'report-'));
  try {
    const said = await machine.run('drill', name, '--report', directory, ...options);
    const report = JSON.parse(readFileSync(join(directory, 'report.json'), 'utf8')) as DrillReport;
    expect(said.code, `${said.stdout}\n${said.stderr}`).toBe(0);
    expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
    expect(readFileSync(join(directory, 'junit.xml'), 'utf8')).toContain('<testsuite');
    return report;
  } finally {
    machine.remove();
    rmSync(directory, { recursive: true, force: true });
  }
}

const whole = { outcome: 'passed', exitCode: 0, runbook: 'failover', timeline: { before: 1, after: 2 } };

describe.each([[[]], [['--synchronous']]])('%s', options => {
  it('failover-wal-unwritable: 0, then 1, then 2; the WAL is salvaged and nothing is lost', async () => {
    const report = await drill('failover-wal-unwritable', ...options);
    expect(report).toMatchObject({ ...whole, loss: { estimateBytes: 0 }, ledger: { lost: 0, unexpected: 0 } });
    const phases = report.readiness.map(({ is }) => is);
    expect(phases.indexOf('rejecting')).toBeGreaterThan(phases.indexOf('accepting'));
    expect(phases.lastIndexOf('no-response')).toBeGreaterThan(phases.indexOf('rejecting'));
    const rejecting = report.readiness.filter(({ is }) => is === 'rejecting');
    const seconds = rejecting.reduce((sum, { from, to }) => sum + (Date.parse(to) - Date.parse(from)) / 1000, 0);
    expect(seconds).toBeGreaterThan(2);
    expect(report.rto.clientGapSeconds).toBeCloseTo(
      (report.rto.detectSeconds ?? 0) + (report.rto.decideSeconds ?? 0) + (report.rto.promoteSeconds ?? 0),
      1,
    );
  });

  it('failover-killed: what the orphans still committed is salvaged', async () => {
    const report = await drill('failover-killed', ...options);
    expect(report).toMatchObject({ ...whole, loss: { estimateBytes: 0 }, ledger: { lost: 0, unexpected: 0 } });
    const promote = report.steps.find(({ id }) => id === 'promote');
    const evidence = promote?.checks.flatMap(check => check.evidence) ?? [];
    expect(evidence.map(({ message }) => message)).toEqual(
      expect.arrayContaining([
        'promote-requested',
        'new-timeline',
        'archive-recovery-complete',
        'accepting-connections',
      ]),
    );
  });

  it('failover-host-gone: bytes are unknown, and there is no bound in time', async () => {
    const report = await drill('failover-host-gone', ...options);
    expect(report).toMatchObject({
      ...whole,
      loss: { estimateBytes: null, estimateSeconds: null },
      ledger: { unexpected: 0 },
    });
    if (options.length > 0) expect(report.ledger.lost).toBe(0);
  });

  it('failover-frozen: neither stop ends it; nothing is lost', async () => {
    const report = await drill('failover-frozen', ...options);
    expect(report).toMatchObject({ ...whole, loss: { estimateBytes: 0 }, ledger: { lost: 0, unexpected: 0 } });
  });
});
