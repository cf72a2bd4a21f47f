// A drill carried out as an operator would, and its report, which is as its schema says.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import { type DrillReport, drillReportSchema } from '../../src/report/drill-report.ts';
import { Machine } from './lifeboat.ts';

const validate = new Ajv2020({ strict: false }).compile(drillReportSchema);

export async function drill(name: string, ...options: readonly string[]): Promise<DrillReport> {
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

/** What every failover drill reports that went well. */
export const whole = { outcome: 'passed', exitCode: 0, runbook: 'failover', timeline: { before: 1, after: 2 } };

/** Asynchronous, and synchronous. */
export const replications: readonly (readonly [readonly string[]])[] = [[[]], [['--synchronous']]];
