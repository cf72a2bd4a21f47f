// lifeboat run: looks, plans, shows, asks, does.

import { resolve } from 'node:path';
import type { BoundBook } from '../engine/book.ts';
import type { End } from '../engine/end.ts';
import { acceptance, accepts } from '../engine/gate.ts';
import { type Refusal, refusals, type ShownPlan } from '../engine/planned.ts';
import { wordsOf } from '../engine/book.ts';
import { startRun } from '../engine/run.ts';
import { exits, Fault } from '../faults.ts';
import { showLoss } from '../look/loss.ts';
import type { NodeName } from '../ports.ts';
import { planJson } from '../report/plan-json.ts';
import { planText } from '../report/plan-text.ts';
import { rememberRun } from './measured.ts';
import { acceptedLoss, nodeOf, type RunCommandOptions, toldOf, typedAgain } from './options.ts';
import { afterRun, beforeRun, type Owing, type Paid } from './pay-fences.ts';
import { person } from './person.ts';
import { type Prepared, prepare } from './prepare.ts';
import { claimRun, createRun, journalOf, newRunId } from './run-directory.ts';
import type { Terminal } from './terminal.ts';
import { inventoryTyped } from './watch-options.ts';
import { sayWhere, watched } from './watched.ts';

declare const LIFEBOAT_VERSION: string;

export async function run(terminal: Terminal, name: string, options: RunCommandOptions): Promise<number> {
  const prepared = await prepare(terminal, name, options);
  try {
    return await planAndRun(terminal, prepared, options);
  } finally {
    await prepared.site.close();
  }
}

type Told = Prepared['told'];

async function planAndRun(terminal: Terminal, prepared: Prepared, options: RunCommandOptions): Promise<number> {
  const loss = acceptedLoss(options.acceptLoss);
  const owing = owingOf(terminal, prepared, options);
  const owed = await beforeRun(owing, options);
  let told: Told = prepared.told;
  let { book, plan } = await prepared.plan(told);
  const unheard = unheardOf(found(book, plan));
  if (unheard.length > 0 && terminal.interactive && options.dryRun !== true) {
    told = [...told, ...(await askUnfenced(terminal, prepared, unheard))];
    if (told.length > prepared.told.length) ({ book, plan } = await prepared.plan(told));
  }
  const refused = found(book, plan);
  show(terminal, book, plan, refused.length > 0, options);
  if (refused.length > 0) return refused.every(silentHost) ? exits.unreachable : exits.refused;
  if (options.dryRun === true) return exits.ok;
  if (options.plan !== undefined && options.plan !== plan.fingerprint) {
    throw new Fault(
      'refused',
      `the plan is ${plan.fingerprint} now, not ${options.plan}: something has changed since it was shown`,
      {
        hint: `read the plan above; if it is what you want: ${typedAgain(book.name, options)} --plan ${plan.fingerprint}`,
      },
    );
  }
  if (!terminal.interactive) mustBeAccepted(prepared, plan, options, loss);
  const waits = await confirm(terminal, book, plan, options);
  if (waits !== undefined) return waits;
  return perform(terminal, prepared, { book, plan, told, owing, owed }, options);
}

const found = (book: BoundBook, plan: ShownPlan): Refusal[] => refusals(plan, check => wordsOf(book.checks, check));

const silentHost = ({ verdict }: Refusal): boolean => verdict.is === 'silent' && verdict.unreachable;

function show(
  terminal: Terminal,
  book: BoundBook,
  plan: ShownPlan,
  refused: boolean,
  options: RunCommandOptions,
): void {
  const context = { checks: book.checks, command: typedAgain(book.name, options), budget: book.cluster.objective.rpo };
  const result = options.dryRun === true || refused;
  if (options.json === true) {
    if (result) terminal.out(`${JSON.stringify(planJson(plan, context))}\n`);
    return;
  }
  // A dry run's plan is its result; before a run it is talk.
  const text = `${planText(plan, context, { width: terminal.width, colour: terminal.colour })}\n`;
  if (options.dryRun === true) terminal.out(text);
  else terminal.err(text);
}

/** Nodes that are silent where it counts: the operator may know more than a dead host can say. */
function unheardOf(refused: readonly Refusal[]): NodeName[] {
  const nodes = refused.filter(one => silentHost(one) && (one.check.check === 'stopped' || one.check.check === 'role'));
  return nodes.length === refused.length ? [...new Set(nodes.map(({ check }) => check.on))] : [];
}

async function askUnfenced(terminal: Terminal, prepared: Prepared, nodes: readonly NodeName[]): Promise<Told> {
  const said: Told = [];
  for (const on of nodes) {
    const answer = await person(terminal)?.ask(
      `${on} cannot be reached: nobody can see whether its server still takes writes.\nIf you know that it is off, type ${on}: `,
    );
    if (answer?.trim() === on)
      said.push(...toldOf(prepared.cluster, [nodeOf(prepared.cluster, on, '--accept-unfenced')]));
  }
  return said;
}

/** Nobody will be there at the commit point: better refused now than with the old primary stopped and nothing promoted. */
function mustBeAccepted(
  { cluster }: Prepared,
  plan: ShownPlan,
  options: RunCommandOptions,
  acceptLoss: ReturnType<typeof acceptedLoss>,
): void {
  if (plan.commit === null) return;
  const loss = plan.steps[plan.commit]?.loss ?? null;
  if (accepts(loss, cluster.objective.rpo, { yes: options.yes ?? false, acceptLoss }) !== 'too much' || loss === null)
    return;
  throw new Fault('refused', `the loss is not accepted: ${showLoss(loss)} (${loss.from.join('; ')})`, {
    hint: `if that is to be: ${typedAgain(plan.book, options)} --plan ${plan.fingerprint} --yes --accept-loss ${acceptance(loss)}`,
  });
}

/** `--plan` says that the plan was read; `--yes` that it need not be. */
async function confirm(
  terminal: Terminal,
  book: BoundBook,
  plan: ShownPlan,
  options: RunCommandOptions,
): Promise<number | undefined> {
  if (options.yes === true || options.plan !== undefined) return undefined;
  const answer = await person(terminal)?.ask(`Carry out ${book.name} on ${book.cluster.name}? [yes/no] `);
  if (answer !== undefined && answer !== null && /^y(es)?$/i.test(answer.trim())) return undefined;
  if (terminal.interactive) {
    terminal.err('nothing was changed\n');
    return exits.refused;
  }
  throw new Fault('waiting', 'nobody is there to say yes; nothing was changed', {
    hint: `${typedAgain(book.name, options)} --plan ${plan.fingerprint} --yes`,
  });
}

interface Decided {
  readonly book: BoundBook;
  readonly plan: ShownPlan;
  readonly told: Told;
  readonly owing: Owing;
  /** Fences that were owed before. */
  readonly owed: readonly Paid[];
}

const owingOf = (terminal: Terminal, { inventory, cluster, site }: Prepared, options: RunCommandOptions): Owing => ({
  terminal,
  inventory: inventory.file,
  cluster,
  site,
  typed: inventoryTyped(options),
});

async function perform(
  terminal: Terminal,
  prepared: Prepared,
  { book, plan, told, owing, owed }: Decided,
  options: RunCommandOptions,
): Promise<number> {
  const id = newRunId(book.name, new Date());
  const directory = await createRun(terminal, id, {
    'runbook.yaml': prepared.runbook.text,
    'inventory.yaml': prepared.inventory.text,
    'inventory.path': resolve(terminal.cwd, prepared.inventory.file),
  });
  await claimRun(directory);
  const end = await watched(
    terminal,
    { checks: book.checks, json: options.json === true, history: [] },
    async ({ stop, tell, person }): Promise<End> =>
      startRun(
        book,
        {
          run: id,
          plan,
          told,
          version: LIFEBOAT_VERSION,
          options: { yes: options.yes ?? false, acceptLoss: acceptedLoss(options.acceptLoss) },
        },
        {
          site: prepared.site,
          keeping: prepared.keeping,
          ledger: journalOf(directory),
          person,
          stop,
          tell,
          lastSeen: prepared.lastSeen.of,
          takeOver: options.takeOverLock ?? false,
        },
      ),
  );
  if (options.json !== true) sayWhere(terminal, directory, end);
  await afterRun(owing, owed, directory);
  await rememberRun(terminal, { inventory: prepared.inventory.file, cluster: book.cluster.name }, directory);
  return end.exit;
}
