// lifeboat drill: throw-away cluster, load, fault, runbook, proof.

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { exits, Fault } from '../faults.ts';
import { drillJunit } from '../report/drill-junit.ts';
import type { DrillReport } from '../report/drill-report.ts';
import { drillText } from '../report/drill-text.ts';
import { readDrill } from '../runbook/drill.ts';
import type { Drill } from '../runbook/drill-types.ts';
import { nearest } from '../runbook/nearest.ts';
import { packageFolder } from './books.ts';
import { catalogue } from './catalogue.ts';
import { judgeDrill } from './drill-judge.ts';
import { rehearseInDrill } from './drill-rehearse.ts';
import { runDrill } from './drill-run.ts';
import { checked } from './inventory-file.ts';
import type { Terminal } from './terminal.ts';
import { unreadable } from './unreadable.ts';

interface DrillCommandOptions {
  readonly synchronous?: boolean;
  readonly report?: string;
  readonly keep?: boolean;
  readonly all?: boolean;
  readonly json?: boolean;
}

export async function drill(
  terminal: Terminal,
  names: readonly string[],
  options: DrillCommandOptions,
): Promise<number> {
  const files = await drillFiles(terminal);
  if (names.length === 0 && options.all !== true) {
    throw new Fault('usage', 'no drill is named', {
      hint: `there are: ${[...files.keys()].join(', ')}; or all of them: --all`,
    });
  }
  const drills = await Promise.all(
    (options.all === true ? [...files.keys()] : names).map(name => loadDrill(terminal, files, name)),
  );
  const reports: DrillReport[] = [];
  for (const one of drills) reports.push(await carryOut(terminal, one, options));
  if (options.report !== undefined) await write(resolve(terminal.cwd, options.report), reports);
  return reports.every(({ outcome }) => outcome === 'passed') ? exits.ok : exits.missed;
}

async function carryOut(terminal: Terminal, one: Drill, options: DrillCommandOptions): Promise<DrillReport> {
  const how = {
    synchronous: options.synchronous ?? false,
    keep: options.keep ?? false,
    rehearse: rehearseInDrill,
  };
  const { verdict, kept } = await runDrill(terminal, one, how, judgeDrill);
  const report: DrillReport = { ...verdict.report, ...(kept !== null && { kept }) };
  if (options.json === true) terminal.out(`${JSON.stringify(report)}\n`);
  else terminal.out(`${drillText(report, { width: terminal.width, colour: terminal.colour })}\n`);
  return report;
}

/** One drill: its report; several: a list of them. */
async function write(directory: string, reports: readonly DrillReport[]): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(
    join(directory, 'report.json'),
    `${JSON.stringify(reports.length === 1 ? reports[0] : reports, null, 2)}\n`,
  );
  await writeFile(join(directory, 'junit.xml'), drillJunit(reports));
}

async function drillFiles(terminal: Terminal): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const folder of [join(packageFolder(), 'runbooks', 'drills'), join(terminal.cwd, 'runbooks', 'drills')]) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter(one => one.endsWith('.yaml')).sort())
      files.set(basename(name, '.yaml'), join(folder, name));
  }
  return files;
}

async function loadDrill(terminal: Terminal, files: ReadonlyMap<string, string>, name: string): Promise<Drill> {
  const file = /[/.]/.test(name) ? resolve(terminal.cwd, name) : files.get(name);
  if (file === undefined) {
    const close = nearest(name, [...files.keys()]);
    throw new Fault('usage', `no drill is named "${name}"`, {
      hint: `${close === undefined ? '' : `did you mean ${close}? `}there are: ${[...files.keys()].join(', ')}`,
    });
  }
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw unreadable('the drill', file, error, `those at hand: ${[...files.keys()].join(', ')}`);
  });
  return checked(readDrill(text, file, catalogue));
}
