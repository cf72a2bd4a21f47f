// lifeboat runs: the runs that this machine remembers.

import { fold } from '../engine/state.ts';
import { eventsOf, listRuns, runDirectory } from './run-directory.ts';
import type { Terminal } from './terminal.ts';

export async function runs(terminal: Terminal, options: { readonly json?: boolean }): Promise<number> {
  const rows = await Promise.all((await listRuns(terminal)).map(run => row(terminal, run)));
  if (options.json === true) terminal.out(`${JSON.stringify(rows)}\n`);
  else if (rows.length === 0) terminal.err('no runs yet; what there is to run: lifeboat list\n');
  else for (const { run, cluster, outcome } of rows) terminal.out(`${run}  ${cluster}  ${outcome}\n`);
  return 0;
}

async function row(
  terminal: Terminal,
  run: string,
): Promise<{ run: string; cluster: string; outcome: string; exit: number | null }> {
  try {
    const events = await eventsOf(runDirectory(terminal, run));
    if (events.length === 0) return { run, cluster: '', outcome: 'cut off before it began', exit: null };
    const { plan, ended } = fold(events);
    const outcome = ended ? `exit ${String(ended.exit)}: ${ended.why}` : 'not ended: it runs, or was cut off';
    return { run, cluster: plan.cluster, outcome, exit: ended?.exit ?? null };
  } catch (error) {
    return { run, cluster: '', outcome: error instanceof Error ? error.message : String(error), exit: null };
  }
}
