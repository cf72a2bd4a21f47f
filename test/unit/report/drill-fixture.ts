// Receipts of drills: one that passed, one that missed, and a story of several acts that was broken off.
import type { ActReport, DrillReport } from '../../../src/report/drill-report.ts';
import { runReport } from '../../../src/report/run-report.ts';
import { checks } from './fixture.ts';
import { events, failed, finished } from './journal-fixture.ts';

export async function passedDrill(): Promise<DrillReport> {
  const { steps, started, seconds } = runReport(await events(finished()), checks);
  return withItsAct({
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
  });
}

/** Of a drill of one act everything stands in both places. */
function withItsAct(report: Omit<DrillReport, 'acts' | 'actCount'>): DrillReport {
  const { started, seconds, timeline, ledger, loss, rto, steps, proofs, readiness } = report;
  const act: ActReport = {
    title: 'The primary is lost; make the standby the primary',
    runbook: report.runbook,
    fault: 'frozen on node1',
    exitCode: 0,
    started,
    seconds,
    runbookSeconds: seconds - 17,
    timeline,
    primary: { before: 'node1', after: 'node2' },
    standbys: [],
    ledger,
    loss,
    rto,
    baseBackups: null,
    steps,
    proofs,
    readiness,
  };
  return { ...report, acts: [act], actCount: 1 };
}

/** Failover, a switchover there and back, and a fourth act that its runbook did not come through. */
export async function story(): Promise<DrillReport> {
  const passed = await passedDrill();
  const missed = await missedDrill();
  const planned = (number: number): ActReport => ({
    ...passed.acts[0]!,
    title: 'Make the standby the primary, in good order',
    runbook: 'switchover',
    turn: { number, of: 2 },
    fault: null,
    seconds: 4.2,
    runbookSeconds: 3.1,
    timeline: { before: number + 1, after: number + 2 },
    primary: number === 1 ? { before: 'node2', after: 'node1' } : { before: 'node1', after: 'node2' },
    standbys: number === 1 ? ['node2'] : ['node1'],
    loss: null,
    rto: { clientGapSeconds: 0.4 * number, detectSeconds: null, decideSeconds: null, promoteSeconds: null },
    baseBackups: 0,
    proofs: [
      {
        name: 'timeline',
        holds: true,
        expected: 'raised by 1',
        found: `${String(number + 1)} → ${String(number + 2)}`,
      },
      { name: 'base backups', holds: number === 1, expected: '0', found: String(number - 1) },
    ],
    readiness: [],
  });
  const broken: ActReport = {
    ...planned(1),
    runbook: 'rebuild-standby',
    exitCode: 10,
    why: 'node1: exit code 1: pg_basebackup: <server> gave up',
    steps: missed.steps,
    timeline: { before: 4, after: null },
    primary: { before: 'node2', after: null },
    rto: { clientGapSeconds: null, detectSeconds: null, decideSeconds: null, promoteSeconds: null },
    proofs: [{ name: 'the only primary', holds: false, expected: 'node2', found: 'none' }],
  };
  return {
    ...passed,
    drill: 'there-and-back',
    runbook: 'failover, switchover, rebuild-standby',
    outcome: 'failed',
    exitCode: 13,
    why: `act 4, rebuild-standby: ${broken.why ?? ''}`,
    timeline: { before: 1, after: null },
    rto: broken.rto,
    proofs: [{ name: 'acts that prove all that they must', holds: false, expected: '5', found: '2' }],
    acts: [passed.acts[0]!, planned(1), planned(2), broken],
    actCount: 5,
    kept: '/tmp/lifeboat/lab-1',
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

/** Back to just before a mistake, in one act. */
export async function backDrill(): Promise<DrillReport> {
  const passed = await passedDrill();
  const ledger = { acknowledged: 9_321, present: 7_210, lost: 0, givenUp: 2_111, unexpected: 0, inDoubt: 4 };
  const proofs = [
    {
      name: 'recovery stopped',
      holds: true,
      expected: 'before the end of transaction 742',
      found: 'before commit of transaction 742',
    },
    {
      name: 'rows committed after the target',
      holds: true,
      expected: 'some, and none of them there',
      found: '2111, none of them there',
    },
  ];
  const rto = { clientGapSeconds: 21.4, detectSeconds: null, decideSeconds: null, promoteSeconds: null };
  const [act] = passed.acts;
  return {
    ...passed,
    drill: 'scenario-2',
    runbook: 'pitr',
    ledger,
    rto,
    proofs,
    readiness: [],
    acts: [
      {
        ...act!,
        title: 'Back to just before a mistake',
        runbook: 'pitr',
        fault: 'table-truncated on node1',
        wayBack: {
          mistake: {
            statement: 'TRUNCATE public.pgbench_history',
            xid: '742',
            lsn: '0/4A2B3C8',
            time: '2026-11-21T16:45:04.830000Z',
          },
          findSeconds: 0.412,
          target: ['to_xid=742', 'exclusive=true', 'timeline=1'],
          stop: '0/4A2B3C8',
        },
        ledger,
        rto,
        proofs,
        readiness: [],
      },
    ],
  };
}
