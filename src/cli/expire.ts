// lifeboat expire: lets go of backups by the retention of the inventory, and of the WAL that nobody needs any more.

import { exits, Fault } from '../faults.ts';
import { expireJson, expireText } from '../report/expire-text.ts';
import { expire } from '../repo/expire.ts';
import { planExpire } from '../repo/expire-plan.ts';
import type { Policy } from '../repo/retain.ts';
import { parseDuration } from '../time.ts';
import type { InventoryOptions } from './inventory-file.ts';
import { openForCluster } from './open-repository.ts';
import type { Terminal } from './terminal.ts';
import { walOwner } from './wal-repository.ts';

export interface ExpireOptions extends InventoryOptions {
  readonly dryRun?: boolean;
  readonly window?: string;
  readonly redundancy?: string;
  readonly json?: boolean;
}

export async function expireBackups(terminal: Terminal, options: ExpireOptions): Promise<number> {
  const given = policyOf(options);
  const { cluster, repo, inventory } = await openForCluster(terminal, options);
  const policy = given ?? cluster.backup.retention;
  if (policy.redundancy === undefined && policy.window === undefined) {
    throw new Fault('usage', `cluster "${cluster.name}" has no retention in ${inventory.file}`, {
      hint: 'add to its backup section: retention: { window: 7d, redundancy: 2 }; or say it here: lifeboat expire --redundancy 2',
    });
  }
  const done = options.dryRun === true ? null : await expire(repo, policy, walOwner(), () => undefined);
  const plan = done?.plan ?? (await planExpire(repo, policy));
  if (options.json === true) terminal.out(`${JSON.stringify(expireJson(plan, done))}\n`);
  else terminal.out(`${expireText(plan, done, { width: terminal.width, colour: terminal.colour })}\n`);
  return exits.ok;
}

/** What is given here replaces the inventory's retention as a whole: half of each would be a third that nobody has written down. */
function policyOf({ window, redundancy }: ExpireOptions): Policy | undefined {
  if (window === undefined && redundancy === undefined) return undefined;
  const duration = window === undefined ? undefined : parseDuration(window);
  if (window !== undefined && (duration === undefined || duration <= 0)) {
    throw new Fault('usage', `--window takes a duration, not "${window}"`, { hint: 'for example: --window 7d' });
  }
  const count = redundancy === undefined ? undefined : Number(redundancy);
  if (count !== undefined && (!Number.isInteger(count) || count < 1)) {
    throw new Fault('usage', `--redundancy takes a number from 1 on, not "${redundancy ?? ''}"`, {
      hint: 'the last backup that can be restored is never removed by expire',
    });
  }
  return { window: duration, redundancy: count };
}
