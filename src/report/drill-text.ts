// The receipt of a drill: each step with its time and its log lines, what a client saw, and what that proves.

import { padEnd } from './columns.ts';
import type { DrillReport } from './drill-report.ts';
import { showLossReport, showSeconds } from './numbers.ts';
import { stepLines } from './report-text.ts';
import { painter, type Style } from './style.ts';
import { hang } from './wrap.ts';

/** Without a line feed at its end. */
export function drillText(report: DrillReport, style: Style): string {
  const { width } = style;
  const paint = painter(style.colour);
  const field = (name: string, text: string): string[] => hang(`  ${padEnd(name, 11)} `, text, width);
  const replication = report.synchronous ? 'synchronous' : 'asynchronous';
  const title = `drill ${report.drill} · runbook ${report.runbook} · PostgreSQL ${report.postgres} · ${replication}`;
  const { before, after } = report.timeline;
  return [
    ...hang('', title, width, paint.strong),
    ...report.steps.flatMap((step, i) => stepLines(step, i + 1, String(report.steps.length).length, style)),
    '',
    ...hang('', 'What a client saw', width, paint.strong),
    ...field('timeline', `${String(before)} → ${after === null ? 'no primary answers' : String(after)}`),
    ...field('rows', rows(report)),
    ...field('loss', loss(report)),
    ...field('gap', gap(report)),
    ...readiness(report).flatMap(text => field('pg_isready', text)),
    '',
    ...hang('', 'What it proves', width, paint.strong),
    ...report.proofs.flatMap(({ name, holds, expected, found }) => {
      const mark = holds ? paint.good('✓') : paint.bad('✗');
      return hang(`  ${mark} `, holds ? `${name}: ${found}` : `${name}: ${found}, expected ${expected}`, width);
    }),
    '',
    ...verdict(report).flatMap(line => hang('', line, width, report.outcome === 'passed' ? paint.good : paint.bad)),
  ].join('\n');
}

function rows({ ledger }: DrillReport): string {
  const { acknowledged, present, lost, unexpected, inDoubt } = ledger;
  const numbers = [
    [acknowledged, 'acknowledged'],
    [present, 'present'],
    [lost, 'lost'],
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

function gap({ rto }: DrillReport): string {
  const parts = [
    [rto.detectSeconds, 'to detect'],
    [rto.decideSeconds, 'to decide'],
    [rto.promoteSeconds, 'to promote'],
  ] as const;
  const split = parts.map(([seconds, word]) => `${showSeconds(seconds)} ${word}`).join(', ');
  return rto.clientGapSeconds === null
    ? `without end: no row was acknowledged afterwards (${split})`
    : `${showSeconds(rto.clientGapSeconds)} without an acknowledgement: ${split}`;
}

function readiness({ readiness: runs }: DrillReport): string[] {
  if (runs.length === 0) return [];
  return [runs.map(({ is, count }) => `${is} (${String(count)}×)`).join(' → ')];
}

function verdict({ outcome, exitCode, seconds, why, kept, proofs }: DrillReport): string[] {
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
