// Receipts of drills: one that passed, one that missed.
import type { DrillReport } from '../../../src/report/drill-report.ts';
import { runReport } from '../../../src/report/run-report.ts';
import { checks } from './fixture.ts';
import { events, failed, finished } from './journal-fixture.ts';

export async function passedDrill(): Promise<DrillReport> {
  const { steps, started, seconds } = runReport(await events(finished()), checks);
  return {
    drill: 'failover-frozen',
    runbook: 'failover',
    outcome: 'passed',
    exitCode: 0,
    synchronous: false,
    postgres: '15.18',
    started,
    seconds: seconds + 20,
    timeline: { before: 1, after: 2 },
    ledger: { acknowledged: 81_234, present: 81_234, lost: 0, unexpected: 0, inDoubt: 3 },
    loss: { estimateBytes: 0, estimateSeconds: 0, from: ['WAL of node1 ends at 0/1A2B3C8'] },
    rto: { clientGapSeconds: 37.4, detectSeconds: 30.2, decideSeconds: 6.4, promoteSeconds: 0.8 },
    steps,
    proofs: [
      { name: 'no acknowledged row is lost', holds: true, expected: '0 lost', found: '0 lost' },
      { name: 'the timeline is the next one', holds: true, expected: '1 → 2', found: '1 → 2' },
    ],
    readiness: [
      { is: 'accepting', from: started, to: started, count: 12 },
      { is: 'no-response', from: started, to: started, count: 300 },
    ],
  };
}

export async function missedDrill(): Promise<DrillReport> {
  const { steps } = runReport(await events(failed()), checks);
  return {
    ...(await passedDrill()),
    outcome: 'missed',
    exitCode: 13,
    steps,
    timeline: { before: 1, after: null },
    loss: { estimateBytes: null, estimateSeconds: null },
    rto: { clientGapSeconds: null, detectSeconds: 30.2, decideSeconds: null, promoteSeconds: null },
    proofs: [{ name: 'no acknowledged row is lost', holds: false, expected: '0 lost', found: '17 lost' }],
    kept: '/tmp/lifeboat/lab-1',
  };
}
