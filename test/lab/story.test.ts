// A drill of several acts: the writer follows the primary there and back, each act is proven by itself, and a missed proof ends it.

import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, it } from 'vitest';
import { type DrillReport, drillReportSchema } from '../../src/report/drill-report.ts';
import { Machine } from '../support/lifeboat.ts';

const validate = new Ajv2020({ strict: false }).compile(drillReportSchema);

const drill = `drill: there-and-back
title: There and back under load, a proof that cannot hold, and a runbook that is refused
load: { writers: 4, pgbench: 1, before: 500ms }
acts:
  - repeat: 2
    acts:
      - runbook: { name: swap }
        proof: { timeline: { raised: 1 }, base_backups: 0 }
  - title: A switchover that is asked to leave the timeline alone
    runbook: { name: swap, bind: { primary: node1, standby: standby } }
    proof: { primary: node2, standbys: [node1], timeline: { raised: 0 } }
  - runbook: { name: swap, bind: { primary: standby, standby: primary } }
  - runbook: { name: swap }
objective: { rto: 60s }
`;

it('there and back; a missed proof does not end it, a refused runbook does', async () => {
  const machine = new Machine('/nowhere/lifeboat.yaml');
  const directory = mkdtempSync(join(process.env['LIFEBOAT_TEST_ROOT'] ?? tmpdir(), 'report-'));
  try {
    mkdirSync(join(machine.state, 'runbooks'));
    copyFileSync(new URL('books/swap.yaml', import.meta.url), join(machine.state, 'runbooks', 'swap.yaml'));
    writeFileSync(join(machine.state, 'there-and-back.yaml'), drill);
    const said = await machine.run('drill', './there-and-back.yaml', '--report', directory);
    const report = JSON.parse(readFileSync(join(directory, 'report.json'), 'utf8')) as DrillReport;
    expect(existsSync(join(report.kept ?? '', 'node1', 'log', 'postgresql.log'))).toBe(true);
    // What was kept is nobody's any more: the next lab must not take it for left over.
    expect(readdirSync(join(machine.state, 'lifeboat', 'labs'))).toEqual([]);
    rmSync(report.kept ?? '', { recursive: true });
    expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
    expect(said.code, `${said.stdout}\n${said.stderr}`).toBe(13);
    expect(report).toMatchObject({ outcome: 'failed', actCount: 5, timeline: { before: 1, after: 4 } });
    expect(report.why).toMatch(/^act 4, swap: refused: /);

    const { acts } = report;
    expect(acts.map(({ timeline: { after } }) => after)).toEqual([2, 3, 4, 4]);
    expect(acts.map(({ primary: { after } }) => after)).toEqual(['node2', 'node1', 'node2', 'node2']);
    expect(acts.map(({ standbys }) => standbys)).toEqual([['node1'], ['node2'], ['node1'], ['node1']]);
    expect(acts.map(({ turn }) => turn?.number)).toEqual([1, 2, undefined, undefined]);
    for (const act of acts.slice(0, 2)) {
      expect(act.proofs.filter(({ holds }) => !holds)).toEqual([]);
      expect(act).toMatchObject({ exitCode: 0, fault: null, loss: { estimateBytes: 0 }, baseBackups: 0 });
    }
    for (const { rto } of acts.slice(0, 3)) {
      expect(rto.detectSeconds).toBeNull();
      // Longer than a commit takes: the server was really away.
      expect(rto.clientGapSeconds).toBeGreaterThan(0.1);
    }
    expect(acts[2]?.proofs.filter(({ holds }) => !holds)).toEqual([
      { name: 'timeline', holds: false, expected: 'unchanged', found: '3 → 4' },
    ]);
    expect(acts[3]).toMatchObject({ exitCode: 4, steps: [], primary: { before: 'node2', after: 'node2' } });

    const rows = acts.map(({ ledger }) => ledger.acknowledged);
    expect(rows).toEqual([...rows].sort((a, b) => a - b));
    expect(rows[0]).toBeGreaterThan(50);
    expect(report.ledger).toMatchObject({ lost: 0, unexpected: 0 });
    expect(report.ledger.acknowledged).toBeGreaterThanOrEqual(rows[3] ?? 0);
    expect(report.proofs).toContainEqual({
      name: 'rows on node1',
      holds: true,
      expected: String(report.ledger.present),
      found: String(report.ledger.present),
    });
    expect(report.rto.clientGapSeconds).toBe(Math.max(...acts.map(({ rto }) => rto.clientGapSeconds ?? 0)));
  } finally {
    machine.remove();
    rmSync(directory, { recursive: true, force: true });
  }
});
