// The report of a run as JUnit XML: a case for each step.

import { type JunitCase, junitXml } from './junit.ts';
import type { RunReport, StepReport } from './run-report.ts';

export function reportJunit(report: RunReport): string {
  const { book, cluster, started, seconds, steps } = report;
  return junitXml([{ name: `${book} on ${cluster}`, started, seconds, cases: [...steps.map(stepCase), end(report)] }]);
}

/** The run as a whole: it can fail without any step that failed (another run holds the cluster, an interruption). */
function end({ run, exitCode, outcome, why, hint, seconds }: RunReport): JunitCase {
  if (exitCode === 0) return { name: `run ${run}`, seconds };
  const failure = [`${outcome}${why === null ? '' : `: ${why}`}`, ...(hint === null ? [] : [`HINT: ${hint}`])];
  return { name: `run ${run}`, seconds, failure: failure.join('\n') };
}

export function stepCase(step: StepReport): JunitCase {
  const base = { name: `${step.id}: ${step.title}`, seconds: step.seconds };
  const output = [
    ...step.ops.map(({ verb, on, text, status }) => `${verb} ${on ?? ''} ${text}: ${status}`.replaceAll('  ', ' ')),
    ...step.checks.flatMap(({ words, found, evidence }) => [
      `${words}: ${found}`,
      ...evidence.map(({ file, offset, text }) => `  ${file}:${String(offset)} ${text}`),
    ]),
  ].join('\n');
  switch (step.status) {
    case 'done':
      return { ...base, output };
    case 'failed':
      return { ...base, output, failure: step.why ?? 'failed' };
    case 'running':
      return { ...base, output, failure: 'it did not come to its end' };
    case 'skipped':
      return { ...base, skipped: step.why ?? 'skipped' };
    case 'waiting':
      return { ...base, skipped: 'the run ended before it' };
  }
}
