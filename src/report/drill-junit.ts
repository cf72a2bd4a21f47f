// Drills as JUnit XML: a suite for each, a case for each step and for each proof.

import type { ActReport, DrillReport } from './drill-report.ts';
import { junitXml, type JunitCase } from './junit.ts';
import { stepCase } from './report-junit.ts';

export function drillJunit(reports: readonly DrillReport[]): string {
  return junitXml(
    reports.map(report => ({
      name: `${report.drill}${report.synchronous ? ' (synchronous)' : ''}`,
      started: report.started,
      seconds: report.seconds,
      cases: [
        ...(report.actCount > 1
          ? report.acts.flatMap(actCases)
          : [...report.acts.flatMap(findCases), ...report.steps.map(stepCase)]),
        ...report.proofs.map(proofCase),
        whole(report),
      ],
    })),
  );
}

/** Steps and proofs of several acts bear the same names. */
const actCases = (act: ActReport, at: number): JunitCase[] =>
  [...findCases(act), ...act.steps.map(stepCase), ...act.proofs.map(proofCase)].map(one => ({
    ...one,
    name: `act ${String(at + 1)} ${act.runbook}: ${one.name}`,
  }));

/** No step of a book, and a part of the time that it takes to come back. */
const findCases = ({ wayBack }: ActReport): JunitCase[] =>
  wayBack?.findSeconds === undefined
    ? []
    : [{ name: 'find', seconds: wayBack.findSeconds, output: wayBack.mistake.statement }];

const proofCase = ({ name, holds, expected, found }: DrillReport['proofs'][number]): JunitCase => ({
  name,
  seconds: null,
  ...(holds ? { output: found } : { failure: `found ${found}, expected ${expected}` }),
});

/** A drill can fail before it has a step or a proof. */
function whole({ drill, outcome, exitCode, why, kept, seconds }: DrillReport): JunitCase {
  const base = { name: `drill ${drill}`, seconds };
  if (outcome === 'passed') return base;
  const place = kept === undefined ? [] : [`its cluster was kept in ${kept}`];
  return {
    ...base,
    failure: [`${outcome} (exit ${String(exitCode)})${why === undefined ? '' : `: ${why}`}`, ...place].join('\n'),
  };
}
