// What a drill proves: judged from its record alone.

import { checks } from '../checks/index.ts';
import type { Loss } from '../look/loss.ts';
import type { DrillProof, DrillReport } from '../report/drill-report.ts';
import { lossReport, runReport } from '../report/run-report.ts';
import { exits } from '../faults.ts';
import { between, ms, showDuration } from '../time.ts';
import type { DrillRecord } from './drill-run.ts';

export interface Judged {
  readonly passed: boolean;
  readonly report: DrillReport;
}

export function judgeDrill(record: DrillRecord): Judged {
  const { drill, end, plan } = record;
  const rto = split(record);
  const loss = lossAtGate(record);
  const proofs = proofsOf(record, loss, rto.clientGapSeconds);
  const ranWell = end.exit === 0;
  const passed = ranWell && proofs.every(({ holds }) => holds);
  const reported = loss === null ? null : lossReport(loss);
  const { acknowledged, present, lost, unexpected, inDoubt } = record.ledger;
  const report: DrillReport = {
    drill: drill.name,
    runbook: plan.book,
    outcome: passed ? 'passed' : ranWell ? 'missed' : 'failed',
    exitCode: passed ? exits.ok : exits.missed,
    synchronous: record.synchronous,
    postgres: record.postgres,
    started: record.started,
    seconds: between(record.started, record.ended) / 1000,
    ...(!ranWell && { why: end.why }),
    timeline: record.timeline,
    ledger: { acknowledged, present, lost, unexpected, inDoubt },
    loss: {
      estimateBytes: loss === null || loss.bytes === 'unknown' ? null : loss.bytes,
      estimateSeconds: loss === null || loss.time === 'unknown' ? null : loss.time / 1000,
      ...(reported && { from: reported.from }),
    },
    rto,
    steps: record.events.length === 0 ? [] : runReport(record.events, checks).steps,
    proofs,
    readiness: record.readiness.map(({ is, from, to, count }) => ({ is, from, to, count })),
  };
  return { passed, report };
}

/** What the gate showed, after the fence. */
function lossAtGate({ events }: DrillRecord): Loss | null {
  const gate = events.findLast(event => event.e === 'answered');
  return gate?.loss ?? null;
}

/** The gap that the client saw, cut where it was sure that the primary was gone and where the promotion began. */
function split({ events, gap }: DrillRecord): DrillReport['rto'] {
  const { last, first } = gap;
  const sure = events.find(event => event.e === 'done' && event.is === 'done')?.at;
  const promoted = events.find(event => event.e === 'began' && event.step === 'promote')?.at;
  if (!last || !first || sure === undefined || promoted === undefined) {
    return { clientGapSeconds: null, detectSeconds: null, decideSeconds: null, promoteSeconds: null };
  }
  // A frozen or orphaned server goes on acknowledging after everybody else is sure that it is gone.
  const detected = Math.max(0, between(last.at, sure));
  const decided = Math.max(0, between(last.at, promoted));
  const whole = first.ticks - last.ticks;
  const round = (value: number): number => Math.round(Math.max(0, value)) / 1000;
  return {
    clientGapSeconds: round(whole),
    detectSeconds: round(detected),
    decideSeconds: round(decided - detected),
    promoteSeconds: round(whole - decided),
  };
}

function proofsOf(record: DrillRecord, loss: Loss | null, gapSeconds: number | null): DrillProof[] {
  const { drill, end, ledger, timeline, readiness } = record;
  const wanted = drill.proof;
  const most = mostLost(record, loss);
  const seen = readiness.map(({ is }) => is);
  const proofs: DrillProof[] = [
    proof('the runbook ended well', end.exit === 0, 'exit 0', `exit ${String(end.exit)}: ${end.why}`),
    proof(
      'timeline',
      timeline.before === wanted.timeline.before && timeline.after === wanted.timeline.after,
      `${String(wanted.timeline.before)} → ${String(wanted.timeline.after)}`,
      `${String(timeline.before)} → ${timeline.after === null ? 'no primary' : String(timeline.after)}`,
    ),
    proof('rows acknowledged', ledger.acknowledged > 0, 'more than 0', String(ledger.acknowledged)),
    proof(
      'rows lost',
      most === null || ledger.lost <= most,
      most === null ? 'cannot be bounded' : `at most ${String(most)}`,
      String(ledger.lost),
    ),
    proof('rows unexpected', ledger.unexpected === 0, '0', String(ledger.unexpected)),
  ];
  if (wanted.readiness.length > 0) {
    proofs.push(
      proof('pg_isready went through', inOrder(seen, wanted.readiness), wanted.readiness.join(', '), seen.join(', ')),
    );
  }
  const { rto } = drill.objective;
  if (rto !== undefined) {
    const found = gapSeconds === null ? 'the client was not served again' : showDuration(ms(gapSeconds * 1000));
    proofs.push(
      proof(
        'the client waited',
        gapSeconds !== null && gapSeconds * 1000 <= rto,
        `at most ${showDuration(rto)}`,
        found,
      ),
    );
  }
  return proofs;
}

const proof = (name: string, holds: boolean, expected: string, found: string): DrillProof => ({
  name,
  holds,
  expected,
  found,
});

/** Synchronous replication loses nothing, nor does a salvage; else the estimate says what is allowed. */
function mostLost({ drill, synchronous }: DrillRecord, loss: Loss | null): number | null {
  if (synchronous || loss?.bytes === 0) return 0;
  if (drill.proof.lost !== 'estimate') return drill.proof.lost;
  // A row takes more than a byte of WAL: so many rows are the most that so many bytes can hold.
  return loss === null || loss.bytes === 'unknown' ? null : loss.bytes;
}

function inOrder(seen: readonly string[], wanted: readonly string[]): boolean {
  let at = 0;
  for (const one of seen) if (one === wanted[at]) at += 1;
  return at === wanted.length;
}
