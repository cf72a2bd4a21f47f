// Carries out the runbook of an act, as `lifeboat run` would with somebody there who says yes.

import { wordsOf } from '../engine/book.ts';
import type { End } from '../engine/end.ts';
import type { JournalEvent } from '../engine/events.ts';
import { refusals } from '../engine/planned.ts';
import { startRun } from '../engine/run.ts';
import { exits, Fault } from '../faults.ts';
import type { ParamValue } from '../runbook/book-types.ts';
import type { Act } from '../runbook/drill-types.ts';
import { acceptedLoss, type RunCommandOptions } from './options.ts';
import { type Prepared, prepare } from './prepare.ts';
import { createRun, journalOf, newRunId } from './run-directory.ts';
import type { Terminal } from './terminal.ts';
import { watched } from './watched.ts';

declare const LIFEBOAT_VERSION: string;

export interface Answered {
  readonly title: string | null;
  readonly events: readonly JournalEvent[];
  readonly end: End;
}

export interface Situation {
  readonly inventory: string;
  /** primary, standby or a node → the node. */
  readonly player: (name: string) => string;
  /** Parameters that the drill has found out, beside those written in it. */
  readonly params: Readonly<Record<string, ParamValue>>;
}

export async function answer(
  terminal: Terminal,
  { runbook }: Act,
  { inventory, player, params: found }: Situation,
): Promise<Answered> {
  const { name, params, bind, acceptUnfenced } = runbook;
  const options: RunCommandOptions = {
    inventory,
    param: assignments({ ...found, ...params }),
    bind: Object.entries(bind).map(([role, node]) => `${role}=${player(node)}`),
    acceptUnfenced: acceptUnfenced.map(player),
  };
  const prepared = await prepare(terminal, name, options);
  try {
    return { title: prepared.runbook.title, ...(await carryOut(terminal, prepared, runbook)) };
  } catch (error) {
    // What the servers are like has stopped it, which is for the report; a mistake in a file or a bug is not.
    if (!(error instanceof Fault) || error.code === 'usage' || error.code === 'invalid') throw error;
    const end = { exit: exits[error.code], why: error.message, hint: error.hint ?? null };
    return { title: prepared.runbook.title, events: [], end };
  } finally {
    await prepared.site.close();
  }
}

const assignments = (params: Situation['params']): string[] =>
  Object.entries(params).map(([key, value]) => `${key}=${String(value)}`);

async function carryOut(
  terminal: Terminal,
  prepared: Prepared,
  { name, acceptLoss }: Act['runbook'],
): Promise<Omit<Answered, 'title'>> {
  const { book, plan } = await prepared.plan(prepared.told);
  const refused = refusals(plan, check => wordsOf(book.checks, check));
  if (refused.length > 0) {
    const why = refused.map(
      ({ words, verdict }) => `${words}: ${verdict.is === 'fails' ? verdict.found : verdict.why}`,
    );
    return { events: [], end: { exit: exits.refused, why: `refused: ${why.join('; ')}`, hint: null } };
  }
  const run = newRunId(name, new Date());
  const directory = await createRun(terminal, run, {
    'runbook.yaml': prepared.runbook.text,
    'inventory.yaml': prepared.inventory.text,
  });
  const events: JournalEvent[] = [];
  const end = await watched(terminal, { checks: book.checks, json: false, history: [] }, ({ stop, tell }) =>
    startRun(
      book,
      {
        run,
        plan,
        told: prepared.told,
        version: LIFEBOAT_VERSION,
        options: { yes: true, acceptLoss: acceptedLoss(acceptLoss) },
      },
      {
        site: prepared.site,
        keeping: prepared.keeping,
        ledger: journalOf(directory),
        person: undefined,
        stop,
        tell: news => {
          if (news.is === 'event') events.push(news.event);
          tell(news);
        },
        lastSeen: prepared.lastSeen.of,
        takeOver: false,
      },
    ),
  );
  return { events, end };
}

/** As a monitor would have seen the cluster before the fault: twice, for the rate at which it writes. */
export async function sight(
  terminal: Terminal,
  { runbook: { name, params } }: Act,
  { inventory, params: found }: Omit<Situation, 'player'>,
): Promise<void> {
  const seen = await prepare(terminal, name, { inventory, param: assignments({ ...found, ...params }) });
  try {
    for (let times = 0; times < 2; times += 1) await seen.lastSeen.note(seen.look());
  } finally {
    await seen.site.close();
  }
}
