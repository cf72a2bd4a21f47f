// Puts a fence that is owed on its node as soon as that answers, and says what stands in the way of it.

import { join } from 'node:path';
import { wordsOf } from '../engine/book.ts';
import { liveLook } from '../engine/live-look.ts';
import { refusals } from '../engine/planned.ts';
import { startRun } from '../engine/run.ts';
import { Fault } from '../faults.ts';
import { type FenceDebt, type FenceDue, fenceDue } from '../look/fence-debt.ts';
import type { NodeName, Site } from '../ports.ts';
import type { Cluster } from '../runbook/inventory-types.ts';
import { seconds } from '../time.ts';
import { packageFolder } from './books.ts';
import { FenceDebts } from './fence-debts.ts';
import { prepare } from './prepare.ts';
import { createRun, journalOf, newRunId, type RunDirectory } from './run-directory.ts';
import type { Terminal } from './terminal.ts';

declare const LIFEBOAT_VERSION: string;

export interface Owing {
  readonly terminal: Terminal;
  /** File of the inventory, as it was named. */
  readonly inventory: string;
  readonly cluster: Cluster;
  readonly site: Site;
  /** What names the same cluster on a command line; begins with a blank. */
  readonly typed: string;
}

/** What became of one debt. `second-primary`: a server takes writes there, fence or no fence. */
export interface Paid {
  readonly node: NodeName;
  readonly is: 'owed' | 'paid' | 'placed' | 'second-primary';
  readonly line: string;
}

/** A dead host costs this once; the run that is to begin waits for it. */
const patience = seconds(3);

/**
 * Looks at each node that owes a fence, and puts it there.
 *
 * A server that runs is not stopped by it, for that is a person's to decide; it is found out at its next start.
 */
export const payFences = (owing: Owing): Promise<readonly Paid[]> => eachDebt(owing, pay);

/** The same without hands: what is paid is forgotten, and nothing is changed on any server. */
export const lookAtFences = (owing: Owing): Promise<readonly Paid[]> =>
  eachDebt(owing, (at, debt, due) => Promise.resolve(outcome(at, debt, due)));

/** Before a run: a debt is told and tried, and never keeps the run from being begun. */
export async function beforeRun(owing: Owing, { dryRun = false } = {}): Promise<readonly Paid[]> {
  const found = await (dryRun ? lookAtFences : payFences)(owing);
  for (const { line } of found) owing.terminal.err(`lifeboat: ${line}\n`);
  return found;
}

/** After a run: a second primary may be gone through it, and it may have left a fence owing itself. */
export async function afterRun(owing: Owing, before: readonly Paid[], directory: RunDirectory): Promise<void> {
  const { terminal, inventory, cluster } = owing;
  const met = before.some(({ is }) => is === 'second-primary') ? await lookAtFences(owing) : [];
  for (const { line } of met) terminal.err(`lifeboat: ${line}\n`);
  for (const { node } of await new FenceDebts(terminal, inventory, cluster.name).noteRun(directory))
    terminal.err(`lifeboat: fence owed: ${node}; placed as soon as it answers, by lifeboat watch or any later run\n`);
}

type Deal = (owing: Owing, debt: FenceDebt, due: FenceDue) => Promise<Paid>;

async function eachDebt(owing: Owing, deal: Deal): Promise<readonly Paid[]> {
  const { terminal, inventory, cluster, site } = owing;
  const debts = new FenceDebts(terminal, inventory, cluster.name);
  const known = (await debts.all()).filter(({ node, successor }) => has(cluster, node) && has(cluster, successor));
  if (known.length === 0) return [];
  const look = liveLook(site, cluster, { started: site.clock.now(), told: new Map(), patience });
  const found: Paid[] = [];
  for (const debt of known) {
    const one = await deal(owing, debt, await fenceDue(look, debt));
    if (one.is === 'paid' || one.is === 'placed') await debts.forget(debt.node);
    found.push(one);
  }
  return found;
}

const has = ({ nodes }: Cluster, node: NodeName): boolean => nodes.some(({ name }) => name === node);

async function pay(owing: Owing, debt: FenceDebt, due: FenceDue): Promise<Paid> {
  const wanted = due.is === 'stopped' || (due.is === 'runs' && !due.fenced);
  if (!wanted) return outcome(owing, debt, due);
  const failed = await place(owing, debt);
  if (failed !== undefined) return outcome(owing, debt, due, `; it could not be placed: ${failed}`);
  if (due.is === 'runs') return outcome(owing, debt, { is: 'runs', fenced: true });
  return { node: debt.node, is: 'placed', line: `${debt.node} answers again and is fenced now: ${debt.reason}` };
}

function outcome({ typed }: Owing, debt: FenceDebt, due: FenceDue, failed = ''): Paid {
  const { node, successor, run } = debt;
  const owed = (why: string): Paid => ({ node, is: 'owed', line: `fence owed: ${why}${failed} (run ${run})` });
  switch (due.is) {
    case 'waits':
      return owed(due.why);
    case 'stopped':
      return owed(`${node} is stopped, and whoever starts it makes it a primary beside ${successor}`);
    case 'paid':
      return { node, is: 'paid', line: `no fence is owed any more: ${due.why}` };
    case 'runs': {
      const fence = due.fenced
        ? 'no restart will bring it back, but it goes on until it is stopped'
        : 'no fence stands there';
      const line = `TWO PRIMARIES: ${node} is back and runs beside ${successor}, the primary since run ${run}; ${fence}${failed}. Stop it: lifeboat run fence --bind node=${node} --yes${typed}`;
      return { node, is: 'second-primary', line };
    }
  }
}

/** By an ordinary run of the book that ships, with its lock, guards and journal. Why it did not go, where it did not. */
async function place(
  { terminal, inventory, cluster }: Owing,
  { node, reason }: FenceDebt,
): Promise<string | undefined> {
  const options = {
    inventory,
    cluster: cluster.name,
    bind: [`node=${node}`],
    param: [`reason=${reason}`, 'running=true'],
  };
  try {
    // By its path: a site may have a book of its own by that name.
    const prepared = await prepare(terminal, join(packageFolder(), 'runbooks', 'fence.yaml'), options);
    try {
      const { book, plan } = await prepared.plan([]);
      const [refused] = refusals(plan, check => wordsOf(book.checks, check));
      if (refused) return refused.words;
      const run = newRunId(book.name, new Date());
      const copies = { 'runbook.yaml': prepared.runbook.text, 'inventory.yaml': prepared.inventory.text };
      const directory = await createRun(terminal, run, copies);
      const end = await startRun(
        book,
        { run, plan, told: [], version: LIFEBOAT_VERSION, options: { yes: true, acceptLoss: null } },
        {
          site: prepared.site,
          keeping: prepared.keeping,
          ledger: journalOf(directory),
          person: undefined,
          stop: new AbortController().signal,
          tell: () => undefined,
          lastSeen: prepared.lastSeen.of,
          takeOver: false,
        },
      );
      return end.exit === 0 ? undefined : end.why;
    } finally {
      await prepared.site.close();
    }
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
}
