// lifeboat report: what a run did and found, for a person, a program, or a page.

import { reportHtml } from '../report/report-html.ts';
import { reportJunit } from '../report/report-junit.ts';
import { reportMarkdown } from '../report/report-markdown.ts';
import { reportText } from '../report/report-text.ts';
import { type RunReport, runReport } from '../report/run-report.ts';
import { Fault } from '../faults.ts';
import { checks } from '../checks/index.ts';
import { eventsOf, findRun } from './run-directory.ts';
import type { Terminal } from './terminal.ts';

export async function report(terminal: Terminal, run: string, options: { readonly format: string }): Promise<number> {
  const directory = await findRun(terminal, run);
  const events = await eventsOf(directory);
  if (events.length === 0) {
    throw new Fault('refused', `run ${directory.run} was cut off before it began; there is nothing to report`);
  }
  terminal.out(render(terminal, runReport(events, checks), options.format));
  return 0;
}

function render(terminal: Terminal, it: RunReport, format: string): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(it, null, 2)}\n`;
    case 'html':
      return reportHtml(it);
    case 'junit':
      return reportJunit(it);
    case 'md':
      return reportMarkdown(it);
    default:
      return `${reportText(it, { width: terminal.width, colour: terminal.colour })}\n`;
  }
}
