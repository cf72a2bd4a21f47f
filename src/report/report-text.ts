// The report of a run as text.

import { harmless, padEnd } from './columns.ts';
import { showLossReport, showSeconds, showTime } from './numbers.ts';
import type { CheckReport, RunReport, StepReport } from './run-report.ts';
import { type Paint, painter, type Style } from './style.ts';
import { hang } from './wrap.ts';

/** Without a line feed at its end. */
export function reportText(report: RunReport, style: Style): string {
  const paint = painter(style.colour);
  const field = (name: string, text: string): string[] => hang(`  ${padEnd(name, 9)} `, text, style.width);
  const { exitCode, outcome, why, hint, accepted } = report;
  const ended = report.ended === null ? 'not ended' : `ended ${showTime(report.ended)}`;
  return [
    ...hang('', `${report.book} on cluster ${report.cluster} · run ${report.run}`, style.width, paint.strong),
    ...field(
      'outcome',
      `${outcome}${exitCode === null ? '' : ` (exit ${String(exitCode)})`}${why === null || why === outcome ? '' : `: ${why}`}`,
    ),
    ...(hint === null ? [] : field('HINT:', hint)),
    ...field('time', `began ${showTime(report.started)}, ${ended}, ${showSeconds(report.seconds)}${resumed(report)}`),
    ...field('by', `${report.by}, Lifeboat ${report.version}, plan ${report.plan}`),
    ...report.told.flatMap(({ on, facts, by }) => field('told', `of ${on}: ${facts} (by ${by})`)),
    ...(accepted === null ? [] : field('accepted', acceptedWords(accepted))),
    ...report.steps.flatMap((step, i) => stepLines(step, i + 1, String(report.steps.length).length, style)),
    ...report.notes.flatMap(({ step, text, facts }) =>
      field(
        'note',
        `${step}: ${text}${Object.entries(facts)
          .map(([name, value]) => `\n${name} ${value}`)
          .join('')}`,
      ),
    ),
  ].join('\n');
}

export const acceptedWords = ({ loss, answer, by }: NonNullable<RunReport['accepted']>): string =>
  `${loss === null ? 'no loss is reckoned' : `lost at most ${showLossReport(loss)} (${loss.from.join('; ')})`}; answer: ${answer} (by ${by})`;

const resumed = ({ resumes }: RunReport): string =>
  resumes === 0 ? '' : `, resumed ${resumes === 1 ? 'once' : `${String(resumes)} times`}`;

export function stepMark(status: StepReport['status'], { good, bad, warn, dim }: Paint): string {
  const marks = { waiting: dim('·'), running: warn('▸'), done: good('✓'), skipped: dim('–'), failed: bad('✗') };
  return marks[status];
}

/** A step with its ops and its proofs below it. */
export function stepLines(step: StepReport, number: number, numbers: number, { width, colour }: Style): string[] {
  const paint = painter(colour);
  const head = `${stepMark(step.status, paint)} ${String(number).padStart(numbers)} `;
  const took = step.seconds === null ? '' : `  ${showSeconds(step.seconds)}`;
  const ops = step.ops.flatMap(({ verb, on, text, status, seconds, settled, undone }) => {
    const place = on === null ? '' : ` ${paint.place(on)}`;
    const marks = [
      ...(status === 'done' ? [] : [status]),
      ...(settled ? ['settled by looking'] : []),
      ...(undone ? ['taken back'] : []),
    ];
    const after = [...marks, ...(seconds === null ? [] : [showSeconds(seconds)])].join(', ');
    return hang(`    ${verb}${place} `, `${text.trim()}${after === '' ? '' : ` (${after})`}`, width);
  });
  return [
    ...hang(head, `${step.id}  ${step.title}${took}`, width, paint.strong),
    ...(step.why === null ? [] : hang('    ', step.why, width, step.status === 'failed' ? paint.bad : paint.dim)),
    ...ops,
    ...step.checks.flatMap(check => checkLines(check, width, paint)),
  ];
}

export function checkMark({ verdict }: Pick<CheckReport, 'verdict'>): '✓' | '✗' | '·' {
  if (verdict === 'holds') return '✓';
  return verdict === 'absent' || verdict === 'later' ? '·' : '✗';
}

function checkLines(check: CheckReport, width: number, paint: Paint): string[] {
  const mark = checkMark(check);
  const dressed = mark === '✓' ? paint.good(mark) : mark === '✗' ? paint.bad(mark) : paint.dim(mark);
  const words = check.verdict === 'holds' && check.evidence.length > 0 ? check.words : `${check.words}: ${check.found}`;
  return [
    ...hang(`    ${dressed} `, words, width),
    ...check.evidence.flatMap(({ file, offset, text }) =>
      hang('        ', `${file}:${String(offset)}  ${harmless(text).replaceAll('\n', ' ')}`, width, paint.dim),
    ),
  ];
}
