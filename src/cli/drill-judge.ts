// What a drill proves as a whole: its acts, and what holds over all of them.

import type { ActReport, DrillProof, DrillReport } from '../report/drill-report.ts';
import { exits } from '../faults.ts';
import { between } from '../time.ts';
import { judgeAct, ledgerOf } from './drill-judge-act.ts';
import { proof } from './drill-proof.ts';
import type { DrillRecord } from './drill-record.ts';

export interface Judged {
  readonly passed: boolean;
  readonly report: DrillReport;
}

export function judgeDrill(record: DrillRecord): Judged {
  const { drill, synchronous, ledger } = record;
  const acts = record.acts.map(act => judgeAct(act, { synchronous, rto: drill.objective.rto }));
  const [first] = acts;
  const last = acts.at(-1);
  if (!first || !last) throw new Error('a drill has at least one act');
  const alone = drill.acts.length === 1;
  const proofs = alone ? [...first.proofs, ...copyProofs(record)] : wholeProofs(record, acts);
  const failed = acts.findIndex(({ exitCode }) => exitCode !== exits.ok);
  const passed = failed < 0 && [...proofs, ...acts.flatMap(act => act.proofs)].every(({ holds }) => holds);
  const sampled = acts.find(({ fault }) => fault !== null);
  const report: DrillReport = {
    drill: drill.name,
    runbook: [...new Set(drill.acts.map(({ runbook }) => runbook.name))].join(', '),
    outcome: passed ? 'passed' : failed < 0 ? 'missed' : 'failed',
    exitCode: passed ? exits.ok : exits.missed,
    synchronous,
    postgres: record.postgres,
    started: record.started,
    seconds: between(record.started, record.ended) / 1000,
    ...(failed >= 0 && { why: whyOf(acts, failed, alone) }),
    timeline: { before: first.timeline.before, after: last.timeline.after },
    ledger: ledgerOf(ledger),
    loss: worstLoss(acts),
    rto: longestGap(first, acts),
    steps: acts.flatMap(({ steps }) => steps),
    proofs,
    readiness: sampled?.readiness ?? [],
    ...(sampled?.sampling && { sampling: sampled.sampling }),
    acts,
    actCount: drill.acts.length,
  };
  return { passed, report };
}

function whyOf(acts: readonly ActReport[], failed: number, alone: boolean): string {
  const { runbook = '', why = '' } = acts[failed] ?? {};
  return alone ? why : `act ${String(failed + 1)}, ${runbook}: ${why}`;
}

/** What no act knows by itself. */
function wholeProofs(record: DrillRecord, acts: readonly ActReport[]): DrillProof[] {
  const { drill, ledger } = record;
  const missed = acts.filter(act => act.proofs.some(({ holds }) => !holds)).length;
  const lost = acts.reduce((sum, act) => sum + act.ledger.lost, 0);
  return [
    proof(
      'acts that prove all that they must',
      acts.length - missed === drill.acts.length,
      String(drill.acts.length),
      String(acts.length - missed),
    ),
    // A row that was lost and is there again, or one that vanishes after it was counted, shows here.
    proof('rows lost in all', ledger.lost === lost, `${String(lost)}, those of the acts`, String(ledger.lost)),
    proof('rows unexpected in all', ledger.unexpected === 0, '0', String(ledger.unexpected)),
    ...copyProofs(record),
  ];
}

/** A standby that streams is worth as much as what it holds. */
const copyProofs = ({ ledger, copies }: DrillRecord): DrillProof[] =>
  copies.map(({ node, ledger: copy }) =>
    proof(
      `rows on ${node}`,
      copy.present === ledger.present && copy.unexpected === ledger.unexpected,
      String(ledger.present),
      String(copy.present),
    ),
  );

/** The most that a gate spoke of; what cannot be known counts as the most. */
function worstLoss(acts: readonly ActReport[]): DrillReport['loss'] {
  const losses = acts.flatMap(({ loss }) => (loss === null ? [] : [loss]));
  const size = ({ estimateBytes }: (typeof losses)[number]): number => estimateBytes ?? Infinity;
  const [worst] = losses.sort((a, b) => size(b) - size(a));
  return worst ?? { estimateBytes: null, estimateSeconds: null };
}

/** Of the act that the client waited longest in; a gap without end is the longest. */
function longestGap(first: ActReport, others: readonly ActReport[]): DrillReport['rto'] {
  const length = ({ rto }: ActReport): number => rto.clientGapSeconds ?? Infinity;
  return others.reduce((worst, act) => (length(act) > length(worst) ? act : worst), first).rto;
}
