// The report of a run as Markdown, for a ticket or a wiki.

import { harmless } from './columns.ts';
import { showSeconds, showTime } from './numbers.ts';
import { acceptedWords, checkMark } from './report-text.ts';
import type { RunReport, StepReport } from './run-report.ts';

export function reportMarkdown(report: RunReport): string {
  const { outcome, exitCode, why, hint, accepted } = report;
  const lines = [
    `# ${plain(report.book)} on cluster ${plain(report.cluster)}`,
    '',
    `- **Outcome:** ${plain(outcome)}${exitCode === null ? '' : ` (exit ${String(exitCode)})`}${why === null || why === outcome ? '' : `: ${plain(why)}`}`,
    ...(hint === null ? [] : [`- **Hint:** ${plain(hint)}`]),
    `- **Run:** ${code(report.run)}, plan ${code(report.plan)}, by ${plain(report.by)}, Lifeboat ${plain(report.version)}`,
    `- **Began:** ${showTime(report.started)} · **took:** ${showSeconds(report.seconds)}`,
    ...report.told.map(({ on, facts, by }) => `- **Told** of ${plain(on)} by ${plain(by)}: ${plain(facts)}`),
    ...(accepted === null ? [] : [`- **Accepted:** ${plain(acceptedWords(accepted))}`]),
    '',
    '| | Step | Action | Status | Time |',
    '|---:|---|---|---|---:|',
    ...report.steps.map(
      ({ id, title, action, status, seconds }, i) =>
        `| ${String(i + 1)} | **${cell(id)}** ${cell(title)} | ${cell(action)} | ${status} | ${showSeconds(seconds)} |`,
    ),
    ...report.steps.flatMap(detail),
    ...(report.notes.length === 0 ? [] : ['', '## Notes', '']),
    ...report.notes.map(({ step, text, facts }) => {
      const values = Object.entries(facts).map(([name, value]) => `${plain(name)} ${code(value)}`);
      return `- **${plain(step)}:** ${[plain(text), ...values].join(' · ')}`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}

function detail(step: StepReport): string[] {
  if (step.ops.length === 0 && step.checks.length === 0 && step.why === null) return [];
  return [
    '',
    `## ${plain(step.id)}`,
    '',
    ...(step.why === null ? [] : [plain(step.why), '']),
    ...step.ops.map(({ verb, on, text, status, seconds }) => {
      const where = on === null ? '' : ` on ${plain(on)}`;
      return `- ${plain(verb)}${where}: ${code(text)} (${plain(status)}, ${showSeconds(seconds)})`;
    }),
    ...step.checks.flatMap(check => [
      `- ${checkMark(check)} ${plain(check.words)}: ${plain(check.found)}`,
      ...check.evidence.map(({ file, offset, text }) => `  - ${code(`${file}:${String(offset)}`)} ${code(text)}`),
    ]),
  ];
}

/** Text in which nothing is read as a mark of Markdown or as HTML. */
const plain = (text: string): string =>
  harmless(text)
    .replaceAll('\n', ' ')
    .replace(/[\\`*_{}[\]<>#|~]/g, '\\$&');

const cell = plain;

/** A code span; its fence is longer than any run of backticks inside (CommonMark 6.1). */
function code(text: string): string {
  const line = harmless(text).replaceAll('\n', ' ').trim();
  if (line === '') return '';
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const space = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${space}${line}${space}${fence}`;
}
