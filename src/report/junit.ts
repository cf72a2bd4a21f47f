// JUnit XML, as CI systems read it: suites of cases that pass, fail, or were skipped.

import { xmlText } from './markup.ts';

export interface JunitCase {
  readonly name: string;
  readonly seconds: number | null;
  /** The first line as the message, the rest below it. */
  readonly failure?: string;
  readonly skipped?: string;
  readonly output?: string;
}

export interface JunitSuite {
  readonly name: string;
  /** RFC 3339. */
  readonly started: string;
  readonly seconds: number;
  readonly cases: readonly JunitCase[];
}

export function junitXml(suites: readonly JunitSuite[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.map(suiteXml).join('')}</testsuites>\n`;
}

function suiteXml({ name, started, seconds, cases }: JunitSuite): string {
  const failures = cases.filter(({ failure }) => failure !== undefined).length;
  const skipped = cases.filter(({ skipped: why }) => why !== undefined).length;
  const head = attributes({
    name,
    tests: String(cases.length),
    failures: String(failures),
    errors: '0',
    skipped: String(skipped),
    // Without zone and fraction: the schema that most readers use allows neither.
    timestamp: started.slice(0, 19),
    time: seconds.toFixed(3),
  });
  return `  <testsuite${head}>\n${cases.map(one => caseXml(name, one)).join('')}  </testsuite>\n`;
}

function caseXml(suite: string, { name, seconds, failure, skipped, output }: JunitCase): string {
  const head = attributes({ classname: suite, name, time: (seconds ?? 0).toFixed(3) });
  const inside = [
    ...(failure === undefined
      ? []
      : [`<failure${attributes({ message: failure.split('\n')[0] ?? '' })}>${xmlText(failure)}</failure>`]),
    ...(skipped === undefined ? [] : [`<skipped${attributes({ message: skipped })}/>`]),
    ...(output === undefined || output === '' ? [] : [`<system-out>${xmlText(output)}</system-out>`]),
  ];
  if (inside.length === 0) return `    <testcase${head}/>\n`;
  return `    <testcase${head}>\n${inside.map(line => `      ${line}\n`).join('')}    </testcase>\n`;
}

/** Line feeds in an attribute would be read as spaces (XML 3.3.3). */
const attributes = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${xmlText(value).replaceAll('\n', '&#10;')}"`)
    .join('');
