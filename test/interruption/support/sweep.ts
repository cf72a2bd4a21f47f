// Carries a scenario out once without a break, and then again for every place where it can be cut.

import { readJournal } from '../../../src/engine/journal.ts';
import type { LedgerCut } from '../../../src/drivers/memory.ts';
import type { EventBody, JournalEvent } from '../../../src/engine/events.ts';
import { type Scenario, stageOf } from './scenarios.ts';
import { type Mishap, type Outcome, place, type Stage } from './stage.ts';
import { complaints, endState } from './verdict.ts';

export interface Uninterrupted {
  readonly state: unknown;
  readonly events: readonly JournalEvent[];
  readonly commands: number;
}

export async function uninterrupted(book: string, scenario: Scenario): Promise<Uninterrupted> {
  const stage = stageOf(book, scenario);
  const done = await stage.start();
  if (done.end?.exit !== 0)
    throw new Error(`${scenario.name}: exit ${String(done.end?.exit)}: ${String(done.end?.why)}`);
  return { state: endState(stage.world), events: done.events, commands: done.commands };
}

export interface Case {
  readonly words: string;
  /** What befalls the first process, and then each one that resumes. */
  readonly mishaps: readonly Mishap[];
  /** False: the first process must come to the end by itself. */
  readonly resumed?: boolean;
  /** How long the world goes on by itself before anybody resumes, in milliseconds. */
  readonly meanwhile?: number;
}

/** What is done to a stage between two processes. */
export type Between = (stage: Stage) => Promise<void>;

/** One case from beginning to end; what is wrong with it, in words. */
export async function carryThrough(
  book: string,
  scenario: Scenario,
  one: Case,
  expected: unknown,
  between: Between = () => Promise.resolve(),
): Promise<string[]> {
  const stage = stageOf(book, scenario);
  const [first, ...more] = one.mishaps;
  let last = await stage.start(first);
  for (const mishap of [...more, {}]) {
    if (one.resumed === false || (await isOver(stage, last))) break;
    if (one.meanwhile !== undefined) await stage.world.time.sleep(one.meanwhile);
    await between(stage);
    last = await stage.resume(mishap);
  }
  const wrong = complaints(stage, last, scenario, expected);
  const final = readJournal(await stage.ledger.lines()).events.at(-1);
  if (final?.e !== 'end' || final.exit !== 0) wrong.push(`the journal ends with ${place(final)}`);
  return wrong.map(words => `${one.words}: ${words}`);
}

/** Its end stands in the journal, even where the process died right after writing it. */
async function isOver({ ledger }: Stage, { end }: Outcome): Promise<boolean> {
  return end?.exit === 0 || /"e":"end","exit":0,/.test((await ledger.lines()).at(-1) ?? '');
}

/** All cases; what is wrong with any. */
export async function sweep(
  book: string,
  scenario: Scenario,
  cases: readonly Case[],
  expected: unknown,
  between?: Between,
): Promise<string[]> {
  const wrong: string[] = [];
  for (const one of cases) wrong.push(...(await carryThrough(book, scenario, one, expected, between)));
  return wrong;
}

/** Killed after each event of an uninterrupted run. */
export const afterEvery = (events: readonly EventBody[], leaves: LedgerCut['leaves'], from = 1): Case[] =>
  events.slice(from - 1).map((event, at) => ({
    words: `after ${String(at + from)} (${place(event)})`,
    mishaps: [{ cut: { after: at + from, leaves } }],
  }));
