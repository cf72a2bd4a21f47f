// lifeboat undo: takes back what a run did, down to its commit point.

import { opWords } from '../engine/kinds/index.ts';
import { undoRun } from '../engine/run.ts';
import { planUndo } from '../engine/undo.ts';
import { exits, Fault } from '../faults.ts';
import { person } from './person.ts';
import { loadRun } from './recorded.ts';
import { claimRun, journalOf } from './run-directory.ts';
import type { Terminal } from './terminal.ts';
import { sayWhere, watched } from './watched.ts';

interface UndoOptions {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly takeOverLock?: boolean;
  readonly json?: boolean;
}

export async function undo(terminal: Terminal, run: string, options: UndoOptions): Promise<number> {
  const { directory, events, state, book, site, keeping, lastSeen } = await loadRun(terminal, run);
  try {
    const { items, barrier } = planUndo(state);
    const lines = items.flatMap(({ step, ops }) => ops.map(op => `  ${step}: ${op.on} ${opWords(op.do).text}`));
    const end =
      barrier === undefined ? '' : `  and no further: there is no way back from ${barrier.step} (${barrier.words})\n`;
    const talk =
      lines.length === 0
        ? `there is nothing to take back of ${directory.run}\n`
        : `to be taken back of ${directory.run}:\n${lines.join('\n')}\n`;
    terminal[options.dryRun === true ? 'out' : 'err'](talk + end);
    if (options.dryRun === true || lines.length === 0) return exits.ok;
    if (options.yes !== true) {
      const answer = await person(terminal)?.ask('Take it back? [yes/no] ');
      if (answer === undefined)
        throw new Fault('waiting', 'nobody is there to say yes; nothing was changed', {
          hint: `lifeboat undo ${directory.run} --yes`,
        });
      if (answer === null || !/^y(es)?$/i.test(answer.trim())) return exits.refused;
    }
    await claimRun(directory);
    const what = { checks: book.checks, json: options.json === true, history: events };
    const done = await watched(terminal, what, ({ stop, tell, person }) =>
      undoRun(book, {
        site,
        keeping,
        ledger: journalOf(directory),
        person,
        stop,
        tell,
        lastSeen: lastSeen.of,
        takeOver: options.takeOverLock ?? false,
      }),
    );
    if (options.json !== true) sayWhere(terminal, directory, done);
    return done.exit;
  } finally {
    await site.close();
  }
}
