// What triage found, as text of 80 columns and as data that fits its schema.

import { Ajv } from 'ajv';
import { expect, it } from 'vitest';
import { triage } from '../../../src/monitor/triage/index.ts';
import { type Diagnosis, triageReport, triageReportSchema } from '../../../src/report/triage-report.ts';
import { triageText } from '../../../src/report/triage-text.ts';
import { bytes, ms } from '../../../src/time.ts';
import { cluster, downWith, now, primary, standby } from '../monitor/triage/support.ts';

const style = { width: 80, colour: false };
const whole = (findings: Diagnosis['findings']): Diagnosis => ({
  cluster: 'main',
  at: now,
  nodes: ['node1', 'node2'],
  findings,
});

function stopped(): Diagnosis {
  const log = ['LOG:  received fast shutdown request', 'LOG:  database system is shut down'];
  const findings = triage(
    cluster(primary('node1', { survey: downWith('shut down'), log }), standby('node2', { rest: { upstream: null } })),
  );
  const loss = { bytes: bytes(4096), time: ms(1200), from: ['WAL of node1 ends at 0/2001000'] };
  return whole(findings.map(({ loses: _, ...finding }) => ({ ...finding, loss })));
}

it('says what is the matter, where that was seen, what to run, and what it costs', () => {
  const text = triageText(stopped(), style);
  expect(text.split('\n').filter(line => line.length > 80)).toEqual([]);
  expect(text).toBe(`cluster main · 2026-11-21 15:00:00 UTC

1  node1: stopped · nobody takes writes
   PostgreSQL was stopped in good order. If nothing speaks against it, start it
   again: that loses nothing.
   seen     node1 /log/postgresql.log at byte 1000: LOG:  received fast shutdown
            request
            node1 /log/postgresql.log at byte 1070: LOG:  database system is
            shut down
            node1: pg_controldata: shut down
            node1: no process of the data directory is left
   run      lifeboat run failover
   loses    at most 4 kB, 1.2 s (WAL of node1 ends at 0/2001000)
   or       on node1: /bin/pg_ctl -D /data -w -t 60 -l /log/postgresql.log start`);
});

it('has nothing to do where all is well', () => {
  expect(triageText(whole([]), style)).toBe(
    'cluster main · 2026-11-21 15:00:00 UTC\nnothing to do: node1, node2 are well',
  );
});

it('is data of its own schema', () => {
  const fits = new Ajv({ strict: false }).compile(triageReportSchema);
  const report = triageReport(stopped());
  expect(fits(JSON.parse(JSON.stringify(report))), JSON.stringify(fits.errors)).toBe(true);
  expect(report.findings[0]).toMatchObject({ node: 'node1', cause: 'stopped', loss: { bytes: 4096, seconds: 1.2 } });
});
