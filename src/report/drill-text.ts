// The receipt of a drill: each step with its time and its log lines, what a client saw, and what that proves.

import { padEnd } from './columns.ts';
import type { DrillReport } from './drill-report.ts';
import { actLines, gap, proofLines } from './drill-act-text.ts';
import { showLossReport, showSeconds } from './numbers.ts';
import { stepLines } from './report-text.ts';
import { painter, type Style } from './style.ts';
import { wayBackFields } from './way-back-text.ts';
import { hang } from './wrap.ts';
import { ms, showDuration } from '../time.ts';

/** Without a line feed at its end. */
export function drillText(report: DrillReport, style: Style): string {
  const { width } = style;
  const paint = painter(style.colour);
  const field = (name: string, text: string): string[] => hang(`  ${padEnd(name, 11)} `, text, width);
  const replication = report.synchronous ? 'synchronous' : 'asynchronous';
  const several = report.actCount > 1;
  const what = several ? `${String(report.actCount)} acts` : `runbook ${report.runbook}`;
  const title = `drill ${report.drill} · ${what} · PostgreSQL ${report.postgres} · ${replication}`;
  const { before, after } = report.timeline;
  return [
    ...hang('', title, width, paint.strong),
    ...(several
      ? report.acts.flatMap((act, i) => actLines(act, i + 1, String(report.actCount).length, style))
      : report.steps.flatMap((step, i) => stepLines(step, i + 1, String(report.steps.length).length, style))),
    '',
    ...(several ? [] : wayBack(report, field, hang('', 'The way back', width, paint.strong))),
    ...hang('', 'What a client saw', width, paint.strong),
    ...field('timeline', `${String(before)} → ${after === null ? 'no primary answers' : String(after)}`),
    ...field('rows', rows(report)),
    ...(report.acts.every(act => act.loss === null) ? [] : field('loss', loss(report))),
    ...field('gap', `${gap(report)}${several ? longest(report) : ''}`),
    ...readiness(report).flatMap(text => field('pg_isready', text)),
    '',
    ...hang('', 'What it proves', width, paint.strong),
    ...report.proofs.flatMap(one => proofLines(one, '  ', style)),
    '',
    ...verdict(report).flatMap(line => hang('', line, width, report.outcome === 'passed' ? paint.good : paint.bad)),
  ].join('\n');
}

/** Of one act; of several each tells its own. */
function wayBack(
  { acts }: DrillReport,
  field: (name: string, text: string) => string[],
  heading: readonly string[],
): string[] {
  const fields = acts.flatMap(wayBackFields);
  return fields.length === 0 ? [] : [...heading, ...fields.flatMap(([name, text]) => field(name, text)), ''];
}

function rows({ ledger }: DrillReport): string {
  const { acknowledged, present, lost, givenUp = 0, unexpected, inDoubt } = ledger;
  const numbers = [
    [acknowledged, 'acknowledged'],
    [present, 'present'],
    [lost, 'lost'],
    ...(givenUp === 0 ? [] : [[givenUp, 'given up on purpose'] as const]),
    [unexpected, 'unexpected'],
    [inDoubt, 'in doubt'],
  ] as const;
  return numbers.map(([n, word]) => `${thousands(n)} ${word}`).join(', ');
}

/** `12 345`, with a space that no line is broken at. */
const thousands = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, '\u202f');

function loss({ loss: estimate }: DrillReport): string {
  const size = showLossReport({ bytes: estimate.estimateBytes, seconds: estimate.estimateSeconds });
  const from = estimate.from === undefined || estimate.from.length === 0 ? '' : ` (${estimate.from.join('; ')})`;
  return `at most ${size}, said the gate${from}`;
}

/** Which act the longest gap belongs to. */
function longest({ acts, rto }: DrillReport): string {
  const at = acts.findIndex(act => act.rto.clientGapSeconds === rto.clientGapSeconds);
  const worst = rto.clientGapSeconds === null ? '' : 'the longest, ';
  return ` (${worst}in act ${String(at + 1)}, ${acts[at]?.runbook ?? ''})`;
}

const inMs = (seconds: number): string => showDuration(ms(Math.round(seconds * 1000)));

function readiness({ readiness: runs, sampling }: DrillReport): string[] {
  if (runs.length === 0) return [];
  const spacing =
    sampling &&
    `asked every ${inMs(sampling.meanSeconds)}, at most ${inMs(sampling.widestSeconds)} apart; the slowest answer took ${inMs(sampling.slowestSeconds)}`;
  return [
    runs.map(({ is, count }) => `${is} (${String(count)}×)`).join(' → '),
    ...(spacing === undefined ? [] : [spacing]),
  ];
}

function verdict({ outcome, exitCode, seconds, why, kept, proofs: own, acts, actCount }: DrillReport): string[] {
  const proofs = actCount > 1 ? [...acts.flatMap(act => act.proofs), ...own] : own;
  const missing = proofs.filter(({ holds }) => !holds).length;
  const words = {
    passed: `passed in ${showSeconds(seconds)}: ${String(proofs.length)} of ${String(proofs.length)} proofs hold`,
    missed: `missed: ${String(missing)} of ${String(proofs.length)} proofs ${missing === 1 ? 'does' : 'do'} not hold`,
    failed: 'failed',
  }[outcome];
  const reason = why === undefined ? '' : `: ${why}`;
  const place = kept === undefined ? [] : [`its cluster was kept in ${kept}`];
  return [`${words}${reason}${exitCode === 0 ? '' : ` (exit ${String(exitCode)})`}`, ...place];
}
