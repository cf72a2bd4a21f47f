// The report of a run as one HTML file that needs nothing else: no script, no font, no picture from elsewhere.

import { xmlText as safe } from './markup.ts';
import { showSeconds, showTime } from './numbers.ts';
import { acceptedWords, checkMark } from './report-text.ts';
import type { RunReport, StepReport } from './run-report.ts';

const styleSheet = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1f; background: #fff; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin: 1.5rem 0 .3rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; } dt { color: #666; } dd { margin: 0; }
code { font: 13px/1.45 ui-monospace, monospace; overflow-wrap: anywhere; }
ul { margin: .2rem 0; padding-left: 1.2rem; } .time { color: #666; font-weight: normal; }
.done, .holds { color: #176d2d; } .failed, .fails, .silent { color: #b3261e; } .skipped, .waiting, .absent, .later { color: #777; }
@media (prefers-color-scheme: dark) { body { color: #e3e3e6; background: #17171a; } .done, .holds { color: #6dd58c; } .failed, .fails, .silent { color: #f2b8b5; } }
`;

export function reportHtml(report: RunReport): string {
  const title = `${report.book} on cluster ${report.cluster}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${safe(title)}</title>
<style>${styleSheet}</style>
</head>
<body>
<h1>${safe(title)}</h1>
<dl>
${summary(report)
  .map(([name, text]) => `<dt>${safe(name)}</dt><dd>${safe(text)}</dd>`)
  .join('\n')}
</dl>
${report.steps.map(section).join('\n')}
${notes(report)}</body>
</html>
`;
}

function summary(report: RunReport): (readonly [string, string])[] {
  const { outcome, exitCode, why, hint, accepted } = report;
  const reason = why === null || why === outcome ? '' : `: ${why}`;
  return [
    ['outcome', `${outcome}${exitCode === null ? '' : ` (exit ${String(exitCode)})`}${reason}`],
    ...(hint === null ? [] : [['hint', hint] as const]),
    ['run', `${report.run}, plan ${report.plan}, by ${report.by}, Lifeboat ${report.version}`],
    ['began', showTime(report.started)],
    ['took', showSeconds(report.seconds)],
    ...report.told.map(({ on, facts, by }) => ['told', `of ${on}: ${facts} (by ${by})`] as const),
    ...(accepted === null ? [] : [['accepted', acceptedWords(accepted)] as const]),
  ];
}

function section(step: StepReport, index: number): string {
  const { id, title, status, seconds, why, ops, checks } = step;
  const items = [
    ...ops.map(({ verb, on, text, status: became, seconds: took }) => {
      const place = on === null ? '' : ` on ${safe(on)}`;
      return `<li>${safe(verb)}${place} <code>${safe(text)}</code> ${safe(became)} <span class="time">${showSeconds(took)}</span></li>`;
    }),
    ...checks.map(check => {
      const lines = check.evidence.map(
        ({ file, offset, text }) => `<li><code>${safe(file)}:${String(offset)}</code> <code>${safe(text)}</code></li>`,
      );
      const inside = lines.length === 0 ? '' : `<ul>${lines.join('')}</ul>`;
      return `<li><span class="${check.verdict}">${checkMark(check)}</span> ${safe(check.words)}: ${safe(check.found)}${inside}</li>`;
    }),
  ];
  return `<h2>${String(index + 1)} ${safe(id)}: ${safe(title)} <span class="${status}">${status}</span> <span class="time">${showSeconds(seconds)}</span></h2>
${why === null ? '' : `<p>${safe(why)}</p>\n`}${items.length === 0 ? '' : `<ul>\n${items.join('\n')}\n</ul>`}`;
}

function notes({ notes: kept }: RunReport): string {
  if (kept.length === 0) return '';
  const items = kept.map(({ step, text, facts }) => {
    const values = Object.entries(facts).map(([name, value]) => ` · ${safe(name)} <code>${safe(value)}</code>`);
    return `<li>${safe(step)}: ${safe(text)}${values.join('')}</li>`;
  });
  return `<h2>Notes</h2>\n<ul>\n${items.join('\n')}\n</ul>\n`;
}
