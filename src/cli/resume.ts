// lifeboat resume: goes on where a run was cut off.

import { resumeRun } from '../engine/run.ts';
import { acceptedLoss, type RunCommandOptions, toldOf } from './options.ts';
import { afterRun, beforeRun } from './pay-fences.ts';
import { loadRun } from './recorded.ts';
import { claimRun, journalOf } from './run-directory.ts';
import type { Terminal } from './terminal.ts';
import { inventoryTyped } from './watch-options.ts';
import { sayWhere, watched } from './watched.ts';

export async function resume(terminal: Terminal, run: string, options: RunCommandOptions): Promise<number> {
  const { directory, events, book, inventory, site, keeping, lastSeen } = await loadRun(terminal, run);
  try {
    await claimRun(directory);
    const owing = {
      terminal,
      inventory,
      cluster: book.cluster,
      site,
      typed: inventoryTyped({ inventory, cluster: book.cluster.name }),
    };
    const owed = await beforeRun(owing);
    const what = { checks: book.checks, json: options.json === true, history: events };
    const changes = {
      ...(options.yes === true && { yes: true }),
      ...(options.acceptLoss !== undefined && { acceptLoss: acceptedLoss(options.acceptLoss) }),
      told: toldOf(book.cluster, options.acceptUnfenced),
    };
    const end = await watched(terminal, what, ({ stop, tell, person }) =>
      resumeRun(book, changes, {
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
    if (options.json !== true) sayWhere(terminal, directory, end);
    await afterRun(owing, owed, directory);
    return end.exit;
  } finally {
    await site.close();
  }
}
